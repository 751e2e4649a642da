import { readFlow } from './read-flow-yaml.js'

/** A line that says something, without its indentation and without the dash that begins an item. */
interface Line {
  indent: number
  text: string
  isItem: boolean
}

/** Blanks; no configuration goes so far to the right, and reading recurses with each step. */
const MOST_INDENTED = 64

const ENTRY = /^([A-Za-z][\w-]{0,63}):(?: +(?![ #])(.*))?$/
// Only where blanks begin: looked for at each of very many, it would take minutes.
const COMMENT = /(?<! ) +#.*$/
const NOT_BLANK = /[^ ]/
/** Neither tabs nor what anybody takes for the end of a line. */
const ASCII = /^[\x20-\x7e]*$/
const REMARK = /^[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe]*$/

/**
 * Reads the part of YAML in which tenants are usually written, twenty times as fast as the whole of it can be read:
 * mappings and lists, in blocks or on one line, of words, small numbers and quoted text in ASCII. `undefined` for
 * everything else, whether it is YAML or not; what is returned is exactly what the whole language means by it.
 */
export function readPlainYaml(text: string): unknown {
  const lines = toLines(text)
  if (lines === undefined) return undefined
  const position = { next: 0 }
  const tree = readBlock(lines, position, 0)
  return position.next === lines.length ? tree : undefined
}

function toLines(text: string): Line[] | undefined {
  const lines: Line[] = []
  for (const written of text.split('\n')) {
    const indent = written.search(NOT_BLANK)
    if (indent === -1) continue
    const content = written.slice(indent)
    if (content.startsWith('#') && REMARK.test(content)) continue
    if (indent > MOST_INDENTED || !ASCII.test(content)) return undefined
    const isItem = content.startsWith('- ')
    lines.push({ indent, text: isItem ? content.slice(2) : content, isItem })
  }
  return lines
}

/** What stands at one depth; `undefined` where any of it is not plain. */
function readBlock(lines: readonly Line[], position: { next: number }, indent: number): unknown {
  const first = lines[position.next]
  if (first === undefined || first.indent !== indent) return undefined
  return first.isItem ? readList(lines, position, indent) : readMapping(lines, position, indent)
}

function readList(lines: readonly Line[], position: { next: number }, indent: number): unknown[] | undefined {
  const list: unknown[] = []
  for (let line = lines[position.next]; line?.isItem && line.indent === indent; line = lines[position.next]) {
    let item: unknown
    if (ENTRY.test(line.text)) {
      // The rest of the mapping stands below its first key, not below the dash.
      line.indent += 2
      line.isItem = false
      item = readMapping(lines, position, line.indent)
    } else {
      position.next += 1
      item = readFlow(line.text)
    }
    if (item === undefined) return undefined
    list.push(item)
  }
  return list
}

function readMapping(
  lines: readonly Line[],
  position: { next: number },
  indent: number,
): Record<string, unknown> | undefined {
  const mapping: Record<string, unknown> = {}
  for (
    let line = lines[position.next];
    line !== undefined && !line.isItem && line.indent === indent;
    line = lines[position.next]
  ) {
    const [, key, written] = ENTRY.exec(line.text) ?? ENTRY.exec(line.text.replace(COMMENT, '')) ?? []
    if (key === undefined || Object.hasOwn(mapping, key)) return undefined
    position.next += 1
    const value = written === undefined ? readBelow(lines, position, indent) : readFlow(written)
    if (value === undefined) return undefined
    mapping[key] = value
  }
  return mapping
}

/** The value of a key that has none on its line. A list may stand as deep as its key. */
function readBelow(lines: readonly Line[], position: { next: number }, indent: number): unknown {
  const line = lines[position.next]
  if (line === undefined || line.indent < indent || (line.indent === indent && !line.isItem)) return null
  return readBlock(lines, position, line.indent)
}
