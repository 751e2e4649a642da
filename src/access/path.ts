import { isUtf8 } from 'node:buffer'

// Each of these lets two parsers disagree on which resource is meant: encoded slash, backslash, NUL.
const AMBIGUOUS = /%(?:2f|5c|00)|[\\\0]/i
const PERCENT = /%(?![0-9a-f]{2})/i
// A dot segment in any mix of plain and encoded dots, also with path parameters ("..;" is ".." to Tomcat).
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=[/;]|%3b|$)/i

// Where there is none of these, nothing below needs a closer look.
const REMARKABLE = /[%\\\0#.\x80-\xff]/

/** More is nobody's address, and makes work: each segment is compared with the rules in every reading. */
const MOST_SEGMENTS = 200

/**
 * The path of a request target that is judged and forwarded: the very bytes before the query, or `undefined`
 * when they have no single meaning. Browsers resolve dot segments before they send a request,
 * so refusing them costs nobody a legitimate address.
 */
export function canonicalPath(target: string): string | undefined {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  if (!path.startsWith('/') || path.startsWith('//')) return undefined
  if (REMARKABLE.test(path) && !hasOneMeaning(path)) return undefined
  if (path.split('/', MOST_SEGMENTS + 2).length - 1 > MOST_SEGMENTS) return undefined
  return path
}

function hasOneMeaning(path: string): boolean {
  if (path.includes('#') || AMBIGUOUS.test(path) || PERCENT.test(path) || DOT_SEGMENT.test(path)) return false
  return isText(path)
}

// Bytes that are no letter, also not with the other half of one percent-encoded: each server makes something else of them,
// of overlong forms (`%c0%af`) even a slash.
function isText(path: string): boolean {
  if (!/[\x80-\xff]|%[89a-f]/i.test(path)) return true
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (_match, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
  return [path, decoded].every((bytes) => isUtf8(Buffer.from(bytes, 'latin1')))
}
