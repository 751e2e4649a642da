import { Refusal } from './fields.js'

/** A path pattern, segment by segment: bytes as latin1, one segment that is not empty (`*`), any number (`**`). */
export type PathPattern = readonly (
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'any' }
)[]

/** Reads a path pattern; `Refusal` for one that could never match, or would match something else than it seems to. */
export function parsePathPattern(text: string): PathPattern | Refusal {
  if (!/^\/[^?#\s\p{Cc}]*$/u.test(text)) {
    return new Refusal('must be a path pattern that starts with /, without query, fragment or blanks')
  }
  if (/%(?![0-9a-f]{2})/i.test(text)) return new Refusal('holds a % that is no percent-encoding; write %25')
  if (/%(?:2f|5c|00)|\\/i.test(text))
    return new Refusal('holds a slash, backslash or NUL that no path may hold')
  const segments = text.slice(1).split('/')
  if (segments.slice(0, -1).includes('')) return new Refusal('must not hold two slashes in a row')
  const decoded = segments.map(toBytes)
  if (decoded.some((segment) => /^\.{1,2}(?:;|$)/.test(segment))) {
    return new Refusal('must not hold . or .. as a segment')
  }
  const isPartial = (segment: string) => segment.includes('*') && segment !== '*' && segment !== '**'
  if (segments.some(isPartial)) return new Refusal('may hold * and ** only as whole segments')
  return segments.map((segment, index) => {
    if (segment === '*') return { kind: 'one' }
    if (segment === '**') return { kind: 'any' }
    return { kind: 'literal', text: decoded[index] ?? '' }
  })
}

// As the path of a request is compared: UTF-8, with percent-encoding undone.
const toBytes = (segment: string): string =>
  Buffer.from(segment, 'utf8')
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_match, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
