import type { JWK } from 'jose'

/** A key pair that Doorward has made for a client; all times are milliseconds since the epoch. */
export interface RingKey {
  readonly kid: string
  readonly alg: 'RS256'
  /** With its private members. */
  readonly jwk: JWK
  readonly published_at: number
  /** Absent before it signs. */
  readonly signs_since?: number
  /** Absent before another one signs. */
  readonly retired_at?: number
}

/** The key pairs of one client, oldest first: those that retire, the one that signs, the one that follows. */
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

const DAY = 86_400_000
/** A provider may look for new keys seldom (Okta throttles its reloads), and a promise may be in flight for long. */
const SIGNING_PERIOD = 90 * DAY
const PUBLISHED_AHEAD = 7 * DAY
const PUBLISHED_AFTER = DAY
/** The store forgets what nobody writes. */
const RENEWED = 30 * DAY

/** The ring of a client that has no key yet. */
export const EMPTY_RING: KeyRing = { keys: [], written_at: 0 }

/**
 * What a ring has to become at a moment: a key is published seven days before it signs, signs for ninety, and stays
 * published for one more day. Where time was missed, because nobody used the client, the seven days are kept all the
 * same.
 */
export function planRing(ring: KeyRing, now: number): RingPlan {
  const upcoming = upcomingKey(ring)
  const isDue = now >= (signingKey(ring)?.signs_since ?? now) + SIGNING_PERIOD
  const promoted =
    upcoming !== undefined && isDue && now >= upcoming.published_at + PUBLISHED_AHEAD
      ? { ...upcoming, signs_since: now }
      : undefined
  const keys = ring.keys
    .map((key) => (promoted === undefined ? key : succeed(key, promoted, now)))
    .filter(({ retired_at }) => retired_at === undefined || now < retired_at + PUBLISHED_AFTER)
  const isChanged =
    promoted !== undefined || keys.length < ring.keys.length || now >= ring.written_at + RENEWED
  const next = isChanged ? { keys, written_at: now } : ring
  return { ring: next, needsKey: needsKey(next, now), promoted }
}

/** The ring with a key that was made for it; the first one of all signs at once, since the provider knows no other. */
export function withKey({ keys }: KeyRing, made: Pick<RingKey, 'kid' | 'alg' | 'jwk'>, now: number): KeyRing {
  const isFirst = keys.length === 0
  return {
    keys: [...keys, { ...made, published_at: now, ...(isFirst ? { signs_since: now } : {}) }],
    written_at: now,
  }
}

/** The key that signs; `undefined` in an empty ring. */
export const signingKey = ({ keys }: KeyRing): RingKey | undefined =>
  keys.findLast(({ signs_since, retired_at }) => signs_since !== undefined && retired_at === undefined)

/** The key that signed before and is still published, for a provider that has not seen its successor. */
export const retiringKey = ({ keys }: KeyRing): RingKey | undefined =>
  keys.findLast(({ retired_at }) => retired_at !== undefined)

const upcomingKey = ({ keys }: KeyRing): RingKey | undefined =>
  keys.find(({ signs_since }) => signs_since === undefined)

const succeed = (key: RingKey, promoted: RingKey, now: number): RingKey => {
  if (key.kid === promoted.kid) return promoted
  return key.signs_since !== undefined && key.retired_at === undefined ? { ...key, retired_at: now } : key
}

function needsKey(ring: KeyRing, now: number): boolean {
  const signing = signingKey(ring)
  if (signing?.signs_since === undefined) return true
  return upcomingKey(ring) === undefined && now >= signing.signs_since + SIGNING_PERIOD - PUBLISHED_AHEAD
}
