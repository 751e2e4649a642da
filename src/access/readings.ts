/** One way in which a server may understand a path. */
export interface Reading {
  /** Bytes as latin1, without the slashes between them. */
  readonly segments: readonly string[]
  /** Whether a slash at the end means nothing. */
  readonly isSlashless: boolean
  /** Whether capitals mean nothing; the segments are text in lower case then. */
  readonly isFolded: boolean
}

type Segments = readonly string[]

/**
 * All ways in which servers understand a canonical path, the plainest first: with needless percent-encoding undone or
 * left, path parameters (`;v=1`, RFC 3986 §3.3) and empty segments kept or dropped, a slash at the end and capitals
 * told apart or not. Most paths have one or two.
 */
export function readingsOf(path: string, looser: LooserPatterns): Reading[] {
  const plain = plainReadings(path)
  const slashless = plain.filter((segments) => looser.bySlash || segments.at(-1) === '').map(withoutSlash)
  const foldable = plain.filter((segments) => looser.byCase || segments.some(isFoldable))
  return [
    ...plain.map((segments) => ({ segments, isSlashless: false, isFolded: false })),
    ...slashless.map((segments) => ({ segments, isSlashless: true, isFolded: false })),
    ...foldable.flatMap((segments) => [
      { segments: segments.map(fold), isSlashless: false, isFolded: true },
      { segments: withoutSlash(segments).map(fold), isSlashless: true, isFolded: true },
    ]),
  ]
}

function plainReadings(path: string): Segments[] {
  const raw = path.slice(1).split('/')
  if (!/[%;]|\/\//.test(path)) return [raw]
  const bases = [raw.map(decodeAll), raw.map(decodeNeeded)]
  return distinct([withoutParameters, withoutEmpty].reduce(alsoWith, bases))
}

/** What the patterns themselves hold that a lenient server would not tell apart. */
export interface LooserPatterns {
  readonly bySlash: boolean
  readonly byCase: boolean
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

const withoutParameters = (segments: Segments): Segments =>
  segments.map((segment) => segment.split(';', 1)[0] ?? '')

const withoutEmpty = (segments: Segments): Segments =>
  segments.filter((segment, index) => segment !== '' || index === segments.length - 1)

const withoutSlash = (segments: Segments): Segments =>
  segments.at(-1) === '' ? segments.slice(0, -1) : segments

/** A segment's bytes as text in which capitals are not told apart. */
export const fold = (segment: string): string => Buffer.from(segment, 'latin1').toString('utf8').toLowerCase()

/** Whether `fold` may change a segment. */
export const isFoldable = (segment: string): boolean => /[A-Z\x80-\xff]/.test(segment)
