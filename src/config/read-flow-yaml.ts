interface Cursor {
  readonly text: string
  at: number
}

/** Nothing in a configuration is nested so deeply on one line. */
const DEEPEST = 8

const QUOTED = /"([^"\\]*)"|'([^']*)'/y
/** Neither can begin with what YAML keeps for itself; a colon at the end would make a key of it. */
const WORD = /[A-Za-z0-9_/$](?:[\w./@$%+~={}*&!?()-]|:(?=[^ ]))*/y
const FLOW_WORD = /[A-Za-z0-9_/$](?:[\w./@$%+~=*&!?()-]|:(?=[\w./]))*/y
const KEY = /([A-Za-z][\w-]{0,63}): +/y
const END = / *(?: #.*)?$/y
const BLANKS = / */y

/** What is written on one line: a word, a quoted text, a list or a mapping; `undefined` where that is not plain. */
export function readFlow(text: string): unknown {
  const cursor = { text, at: 0 }
  const value = readValue(cursor, WORD, 0)
  return value === undefined || take(cursor, END) === undefined ? undefined : value
}

function readValue(cursor: Cursor, word: RegExp, depth: number): unknown {
  const start = cursor.text[cursor.at]
  if (start === '[') return readItems(cursor, depth)
  if (start === '{') return readEntries(cursor, depth)
  if (start === '"' || start === "'") {
    const quoted = take(cursor, QUOTED)
    return quoted?.[1] ?? quoted?.[2]
  }
  return toScalar(take(cursor, word)?.[0])
}

// YAML 1.2.2 §10.3.2, the core schema: these words are no strings.
function toScalar(word: string | undefined): string | number | boolean | undefined {
  if (word === undefined) return undefined
  if (word === 'true') return true
  if (word === 'false') return false
  if (/^(?:0|[1-9]\d{0,8})$/.test(word)) return Number(word)
  const isOther = /^(?:true|false|null|0o[0-7]+|0x[\da-f]+|\d+(?:\.\d*)?(?:e[-+]?\d+)?)$/i.test(word)
  return isOther ? undefined : word
}

function readItems(cursor: Cursor, depth: number): unknown[] | undefined {
  const items: unknown[] = []
  const isWhole = readUpTo(cursor, ']', depth, () => {
    const item = readValue(cursor, FLOW_WORD, depth + 1)
    items.push(item)
    return item !== undefined
  })
  return isWhole ? items : undefined
}

function readEntries(cursor: Cursor, depth: number): Record<string, unknown> | undefined {
  const mapping: Record<string, unknown> = {}
  const isWhole = readUpTo(cursor, '}', depth, () => {
    const key = take(cursor, KEY)?.[1]
    if (key === undefined || Object.hasOwn(mapping, key)) return false
    mapping[key] = readValue(cursor, FLOW_WORD, depth + 1)
    return mapping[key] !== undefined
  })
  return isWhole ? mapping : undefined
}

/** Reads parts with commas between them, up to the bracket; whether all of it was plain. */
function readUpTo(cursor: Cursor, bracket: string, depth: number, readPart: () => boolean): boolean {
  if (depth > DEEPEST) return false
  cursor.at += 1
  take(cursor, BLANKS)
  let isFirst = true
  while (cursor.text[cursor.at] !== bracket) {
    if (!isFirst) {
      if (cursor.text[cursor.at] !== ',') return false
      cursor.at += 1
      take(cursor, BLANKS)
    }
    if (!readPart()) return false
    take(cursor, BLANKS)
    isFirst = false
  }
  cursor.at += 1
  return true
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at
  const match = pattern.exec(cursor.text) ?? undefined
  if (match !== undefined) cursor.at = pattern.lastIndex
  return match
}
