import type { JWK } from 'jose'

/** What the keys of a ring sign with. */
export type RingAlg = 'RS256' | 'EdDSA'

/** A key pair that Doorward has made; all times are milliseconds since the epoch. */
export interface RingKey {
  readonly kid: string
  readonly alg: RingAlg
  /** With its private members. */
  readonly jwk: JWK
  readonly published_at: number
  /** Absent before it signs. */
  readonly signs_since?: number
  /** Absent before another one signs. */
  readonly retired_at?: number
}

/** The key pairs of one signer, oldest first: those that retire, the one that signs, the one that follows. */
export interface KeyRing {
  readonly keys: readonly RingKey[]
  readonly written_at: number
}

/** What a ring has to become. */
export interface RingPlan {
  /** The same object where nothing is to be done. */
  readonly ring: KeyRing
  /** A key is to be appended by `withKey`. */
  readonly needsKey: boolean
  /** The key that signs from now on and did not before. */
  readonly promoted: RingKey | undefined
}

const MINUTE = 60_000
const DAY = 86_400_000
/** A provider may look for new keys seldom (Okta throttles its reloads), and a promise may be in flight for long. */
const SIGNING_PERIOD = 90 * DAY
const PUBLISHED_AHEAD = 7 * DAY
const PUBLISHED_AFTER = DAY
/**
 * Who asks for another algorithm waits for it: no longer than it takes until everybody has seen the key, which is five
 * minutes in each of two caches, one minute in a process of Doorward, and some to spare.
 */
const PUBLISHED_AHEAD_OF_CHANGE = 15 * MINUTE
/** The store forgets what nobody writes. */
const RENEWED = 30 * DAY

/** The ring of who has no key yet. */
export const EMPTY_RING: KeyRing = { keys: [], written_at: 0 }

/**
 * What a ring has to become at a moment: a key is published seven days before it signs, signs for ninety, and stays
 * published for one more day. Where time was missed, because nobody used it, the seven days are kept all the same.
 * A key of another algorithm than the one wanted goes as soon as it can: at once if it has never signed, else when its
 * successor has been published for a quarter of an hour.
 */
export function planRing(ring: KeyRing, alg: RingAlg, now: number): RingPlan {
  const wanted = ring.keys.filter((key) => key.alg === alg || key.signs_since !== undefined)
  const promoted = promotedKey(wanted, alg, now)
  const keys = wanted
    .map((key) => (promoted === undefined ? key : succeed(key, promoted, now)))
    .filter(({ retired_at }) => retired_at === undefined || now < retired_at + PUBLISHED_AFTER)
  const isChanged =
    promoted !== undefined || keys.length < ring.keys.length || now >= ring.written_at + RENEWED
  const next = isChanged ? { keys, written_at: now } : ring
  return { ring: next, needsKey: needsKey(next, alg, now), promoted }
}

/** The ring with a key that was made for it; the first one of all signs at once, since nobody knows any other. */
export function withKey({ keys }: KeyRing, made: Pick<RingKey, 'kid' | 'alg' | 'jwk'>, now: number): KeyRing {
  const isFirst = keys.length === 0
  return {
    keys: [...keys, { ...made, published_at: now, ...(isFirst ? { signs_since: now } : {}) }],
    written_at: now,
  }
}

/** The key that signs; `undefined` in an empty ring. */
export const signingKey = ({ keys }: Pick<KeyRing, 'keys'>): RingKey | undefined =>
  keys.findLast(({ signs_since, retired_at }) => signs_since !== undefined && retired_at === undefined)

/** The key that signed before and is still published, for who has not seen its successor. */
export const retiringKey = ({ keys }: KeyRing): RingKey | undefined =>
  keys.findLast(({ retired_at }) => retired_at !== undefined)

const upcomingKey = (keys: readonly RingKey[]): RingKey | undefined =>
  keys.find(({ signs_since }) => signs_since === undefined)

function promotedKey(keys: readonly RingKey[], alg: RingAlg, now: number): RingKey | undefined {
  const signing = signingKey({ keys })
  const upcoming = upcomingKey(keys)
  if (upcoming === undefined) return undefined
  const isChange = signing !== undefined && signing.alg !== alg
  const isDue = isChange || now >= (signing?.signs_since ?? now) + SIGNING_PERIOD
  const ahead = isChange ? PUBLISHED_AHEAD_OF_CHANGE : PUBLISHED_AHEAD
  return isDue && now >= upcoming.published_at + ahead ? { ...upcoming, signs_since: now } : undefined
}

const succeed = (key: RingKey, promoted: RingKey, now: number): RingKey => {
  if (key.kid === promoted.kid) return promoted
  return key.signs_since !== undefined && key.retired_at === undefined ? { ...key, retired_at: now } : key
}

function needsKey(ring: KeyRing, alg: RingAlg, now: number): boolean {
  const signing = signingKey(ring)
  if (signing?.signs_since === undefined) return true
  if (upcomingKey(ring.keys) !== undefined) return false
  return signing.alg !== alg || now >= signing.signs_since + SIGNING_PERIOD - PUBLISHED_AHEAD
}
