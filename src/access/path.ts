// Each of these lets two parsers disagree on which resource is meant: encoded slash, backslash, NUL.
const AMBIGUOUS = /%(?:2f|5c|00)|[\\\0]/i
const PERCENT = /%(?![0-9a-f]{2})/i
// A dot segment in any mix of plain and encoded dots, also with path parameters ("..;" is ".." to Tomcat).
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=[/;]|%3b|$)/i

/**
 * The path of a request target that is judged and forwarded: the very bytes before the query, or `undefined`
 * when they have no single meaning. Browsers resolve dot segments before they send a request,
 * so refusing them costs nobody a legitimate address.
 */
export function canonicalPath(target: string): string | undefined {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  if (!path.startsWith('/') || path.startsWith('//') || path.includes('#')) return undefined
  if (AMBIGUOUS.test(path) || PERCENT.test(path) || DOT_SEGMENT.test(path)) return undefined
  return path
}
