/** A metric that an expression asks for. */
export interface Selector {
  readonly name: string
  /** What it demands of labels: the values of `=` and of `=~` with alternatives. */
  readonly matchers: readonly { readonly label: string; readonly values: readonly string[] }[]
}

const SELECTOR = /([a-z_:][a-z0-9_:]*)(?:\{([^}]*)\})?/gi
const MATCHER = /([a-z_]+)(=~|!~|!=|=)"([^"]*)"/g
const GROUPING = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g
// What stands before a parenthesis besides, is a function.
const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'by', 'without', 'on', 'ignoring'])

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

/** The labels that an expression groups by. */
export const groupings = (expr: string): string[] =>
  [...expr.matchAll(GROUPING)].flatMap(([, labels]) => splitList(labels ?? ''))

/** What an expression of PromQL asks for; as much of the language as alerts and dashboards here use. */
export function selectors(expr: string): Selector[] {
  // Without ranges and groupings, what is left of names are functions, words and metrics.
  const plain = expr.replace(/\[[^\]]*\]/g, '').replace(GROUPING, '')
  return [...plain.matchAll(SELECTOR)]
    .filter(({ 0: text, 1: name, index }) => {
      const isFunction = /^\s*\(/.test(plain.slice(index + text.length))
      const isDuration = /\boffset\s+\d+$/.test(plain.slice(0, index))
      return !isFunction && !isDuration && !WORDS.has(name ?? '')
    })
    .map(([, name = '', inside = '']) => ({
      name,
      matchers: [...inside.matchAll(MATCHER)].map(([, label = '', , value = '']) => ({
        label,
        values: value.split('|'),
      })),
    }))
}
