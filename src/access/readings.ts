/** One way in which a server may understand a path. */
export interface Reading {
  /** Bytes as latin1, without the slashes between them. */
  readonly segments: Segments
  readonly sees: Sight
}

/** What a server does not tell apart from small letters: no capitals, or those of ASCII only, or none of any alphabet. */
export type Case = 'exact' | 'ascii' | 'folded'

/** What a server tells apart; segments are written as it compares them. */
export type Sight = Case | `${Case} slashless`

/** What the patterns themselves hold that a lenient server would not tell apart. */
export interface LooserPatterns {
  readonly bySlash: boolean
  readonly byCase: boolean
  /** Whether they hold letters beyond ASCII. */
  readonly byAlphabet: boolean
}

type Segments = readonly string[]

/**
 * All ways in which servers understand a canonical path, the plainest first: with needless percent-encoding undone or
 * left, path parameters (`;v=1`, RFC 3986 §3.3) and empty segments kept or dropped, cut at an encoded `?` or not, a
 * slash at the end and capitals told apart or not. Most paths have one or two.
 */
export function readingsOf(path: string, looser: LooserPatterns): Reading[] {
  const plain = plainReadings(path)
  const readings: Reading[] = plain.map((segments) => ({ segments, sees: 'exact' }))
  const mayFold = /[A-Z%\x80-\xff]/.test(path)
  for (const segments of plain) {
    if (looser.bySlash || segments.at(-1) === '') {
      readings.push({ segments: withoutSlash(segments), sees: 'exact slashless' })
    }
    for (const letters of casesOf(segments, looser, mayFold)) {
      const folded = segments.map(FOLDS[letters])
      readings.push({ segments: folded, sees: letters })
      readings.push({ segments: withoutSlash(folded), sees: `${letters} slashless` })
    }
  }
  return readings
}

// Where all letters are ASCII the two ways to fold are one.
function casesOf(segments: Segments, looser: LooserPatterns, mayFold: boolean): Exclude<Case, 'exact'>[] {
  const isForeign = looser.byAlphabet || (mayFold && segments.some((segment) => /[\x80-\xff]/.test(segment)))
  if (isForeign) return ['folded', 'ascii']
  return looser.byCase || (mayFold && segments.some((segment) => /[A-Z]/.test(segment))) ? ['folded'] : []
}

function plainReadings(path: string): Segments[] {
  const raw = path.slice(1).split('/')
  if (!/[%;]|\/\//.test(path)) return [raw]
  const undecoded = [raw, raw.map(withoutParameters)]
  const decoded = [decodeAll, decodeNeeded].flatMap((decode) =>
    undecoded.map((segments) => segments.map(decode)),
  )
  const cut = /%(?:3f|23)/i.test(path) ? alsoWith(decoded, untilQuery) : decoded
  // `%3b` begins parameters to those who decode first.
  const bases = /%3b/i.test(path) ? alsoWith(cut, (segments) => segments.map(withoutParameters)) : cut
  return distinct(alsoWith(distinct(bases), withoutEmpty))
}

const alsoWith = (readings: Segments[], change: (segments: Segments) => Segments): Segments[] => [
  ...readings,
  ...readings.map(change),
]

function distinct(readings: readonly Segments[]): Segments[] {
  return [...new Map(readings.map((segments) => [segments.join('/'), segments])).values()]
}

const byteOf = (_match: string, digits: string): string => String.fromCharCode(Number.parseInt(digits, 16))

const decodeAll = (segment: string): string => segment.replace(/%([0-9a-f]{2})/gi, byteOf)

// RFC 3986 §2.4: what needed no encoding may be data to a server that does not undo it.
const decodeNeeded = (segment: string): string =>
  segment.replace(/%([0-9a-f]{2})/gi, (match, digits: string) => {
    const byte = byteOf(match, digits)
    return /[\w\-.~!$&'()*+,;=:@]/.test(byte) ? match.toUpperCase() : byte
  })

const withoutParameters = (segment: string): string => segment.split(';', 1)[0] ?? ''

// A server that looks for the query after decoding (CVE-2024-38474); raw ones are not in a canonical path.
function untilQuery(segments: Segments): Segments {
  const last = segments.findIndex((segment) => /[?#]/.test(segment))
  if (last === -1) return segments
  return [...segments.slice(0, last), (segments[last] ?? '').split(/[?#]/, 1)[0] ?? '']
}

const withoutEmpty = (segments: Segments): Segments =>
  segments.filter((segment, index) => segment !== '' || index === segments.length - 1)

const withoutSlash = (segments: Segments): Segments =>
  segments.at(-1) === '' ? segments.slice(0, -1) : segments

/** How a segment is written for each way to compare letters; by way of capitals, for letters with two small ones. */
export const FOLDS: Readonly<Record<Case, (segment: string) => string>> = {
  exact: (segment) => segment,
  ascii: (segment) => segment.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  folded: (segment) =>
    /[\x80-\xff]/.test(segment)
      ? Buffer.from(segment, 'latin1').toString('utf8').toUpperCase().toLowerCase()
      : segment.toLowerCase(),
}
