import { test } from 'tap'
import {
  type Freshness,
  freshness,
  refreshLead,
  type Session,
  timeToLive,
} from '../../src/session/session.js'

const T = 1_800_000_000_000
const MINUTE = 60_000
const lifetimes = { idle_timeout: 60 * MINUTE, max_lifetime: 720 * MINUTE, stale_limit: 15 * MINUTE }

/** An id whose first byte, which makes the jitter, is known. */
const idWith = (firstByte: number): string => Buffer.alloc(16, firstByte).toString('hex')

function session(life: number | undefined, { jitter = 0, refreshable = true } = {}): Session {
  const expires_at = life === undefined ? undefined : T + life
  const refresh_token = refreshable ? 'RT' : undefined
  const tokens = { access_token: 'AT', id_token: 'IT', refresh_token, expires_at }
  const identity = { sub: 'alice', claims: {} }
  return { id: idWith(jitter), identity, tokens, created_at: T, refreshed_at: T, recent_logins: [] }
}

test('a token is refreshed a fifth of its life ahead, a minute at most, less a jitter of up to a quarter', async (t) => {
  const table: [life: number | undefined, jitter: number, lead: number][] = [
    [60 * MINUTE, 0, MINUTE],
    [60 * MINUTE, 255, 0.75 * MINUTE],
    [5 * MINUTE, 0, MINUTE],
    [MINUTE, 0, 12_000],
    [MINUTE, 255, 9_000],
    [0, 0, 0],
    [undefined, 0, 0],
  ]
  for (const [life, jitter, lead] of table)
    t.equal(refreshLead(session(life, { jitter })), lead, `${life} ${jitter}`)
  for (let jitter = 0; jitter < 256; jitter += 1) {
    const lead = refreshLead(session(60 * MINUTE, { jitter }))
    if (lead < 0.75 * MINUTE || lead > MINUTE) t.fail(`jitter ${jitter} gives ${lead}`)
  }
})

test('tokens are fresh, then due, then expired, then stale', async (t) => {
  const fiveMinutes = session(5 * MINUTE)
  const table: [at: number, state: Freshness][] = [
    [0, 'fresh'],
    [4 * MINUTE - 1, 'fresh'],
    [4 * MINUTE, 'due'],
    [5 * MINUTE - 1, 'due'],
    [5 * MINUTE, 'expired'],
    [20 * MINUTE - 1, 'expired'],
    [20 * MINUTE, 'stale'],
    [1000 * MINUTE, 'stale'],
    [-MINUTE, 'fresh'],
  ]
  for (const [at, state] of table) t.equal(freshness(fiveMinutes, lifetimes, T + at), state, `${at}`)
  t.equal(
    freshness(fiveMinutes, { ...lifetimes, stale_limit: 0 }, T + 5 * MINUTE),
    'stale',
    'no limit, no service',
  )
})

test('without a refresh token or an expiry there is nothing to refresh', async (t) => {
  for (const at of [0, 5 * MINUTE, 1e9]) {
    t.equal(freshness(session(5 * MINUTE, { refreshable: false }), lifetimes, T + at), 'fresh')
    t.equal(freshness(session(undefined), lifetimes, T + at), 'fresh')
  }
})

test('a session may be kept for its idle timeout, and never beyond its lifetime', async (t) => {
  const table: [at: number, ttl: number][] = [
    [0, 60 * MINUTE],
    [660 * MINUTE, 60 * MINUTE],
    [661 * MINUTE, 59 * MINUTE],
    [720 * MINUTE - 1, 1],
    [720 * MINUTE, 0],
    [721 * MINUTE, -MINUTE],
  ]
  for (const [at, ttl] of table) t.equal(timeToLive(session(MINUTE), lifetimes, T + at), ttl, `${at}`)
})
