import { posix } from 'node:path'

/** How a server behind Doorward may understand a request target: the path (bytes as latin1), if it serves it at all. */
export type Parser = (target: string) => string | undefined

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const textOf = (bytes: string): string =>
  /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes

const beforeQuery = (target: string): string => target.split(/[?#]/, 1)[0] ?? ''
const decodeBytes = (path: string): string =>
  path.replace(/%([0-9a-f]{2})/gi, (_match, digits) => String.fromCharCode(Number.parseInt(digits, 16)))

/** Without path parameters (RFC 3986 §3.3), as Java's servers do it. */
export const withoutParameters = (path: string): string => path.replace(/;[^/]*/g, '')

/** Dot segments resolved; `undefined` where they lead out of the root, as nginx has it. */
function resolveDots(path: string): string | undefined {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (segment === '..' && kept.pop() === undefined) return undefined
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (isLast) kept.push('')
  }
  return `/${kept.join('/')}`
}

const mergeSlashes = (path: string): string => path.replace(/\/{2,}/g, '/')

function nginx(target: string, isMerging: boolean): string | undefined {
  const path = beforeQuery(target)
  if (!path.startsWith('/') || /%(?![0-9a-f]{2})/i.test(path)) return undefined
  const decoded = decodeBytes(path)
  if (decoded.includes('\0')) return undefined
  return resolveDots(isMerging ? mergeSlashes(decoded) : decoded)
}

function naive(target: string): string | undefined {
  try {
    return bytesOf(posix.normalize(decodeURIComponent(textOf(beforeQuery(target)))))
  } catch {
    return undefined
  }
}

/** Tomcat: parameters go first, then what is encoded is decoded, then the path is normalised. */
function tomcat(target: string): string | undefined {
  const decoded = decodeBytes(withoutParameters(beforeQuery(target)))
  return /[\\\0]/.test(decoded) ? undefined : resolveDots(mergeSlashes(decoded))
}

/** By name; `spelling` is how they spell their own routes. */
export const PARSERS: Readonly<Record<string, { readonly parse: Parser; readonly spelling: Spelling }>> = {
  'URL of Node': { parse: (target) => urlPath(textOf(target)), spelling: 'url' },
  nginx: { parse: (target) => nginx(target, true), spelling: 'bytes' },
  'nginx with merge_slashes off': { parse: (target) => nginx(target, false), spelling: 'bytes' },
  'decodeURIComponent and normalize': { parse: naive, spelling: 'bytes' },
  Tomcat: { parse: tomcat, spelling: 'bytes' },
  'the query cut off after decoding': {
    parse: (target) => nginx(target, true)?.split(/[?#]/, 1)[0],
    spelling: 'bytes',
  },
}

/** Decoded bytes, or what `URL` makes of them: needed percent-encoding stays, and the digits' case means nothing. */
export type Spelling = 'bytes' | 'url'

function urlPath(text: string): string | undefined {
  if (!URL.canParse(text, 'http://upstream')) return undefined
  return new URL(text, 'http://upstream').pathname.replace(/%[0-9a-f]{2}/gi, (digits) => digits.toUpperCase())
}

/** A literal segment of a rule, decoded bytes, as a route of such a server spells it. */
export const spell = (segment: string, spelling: Spelling): string =>
  spelling === 'bytes' ? segment : (urlPath(`/${textOf(segment)}`)?.slice(1) ?? segment)

/** Capitals mean nothing. */
export const lowered = (bytes: string): string =>
  /[\x80-\xff]/.test(bytes) ? bytesOf(textOf(bytes).toLowerCase()) : bytes.toLowerCase()
