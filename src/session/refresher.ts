import { setTimeout as wait } from 'node:timers/promises'
import { DoorwardError } from '../errors.js'
import { type Backoff, createBackoff } from './backoff.js'
import { createFlights, type Flight } from './flights.js'
import { createRotation, type RefreshReporter, type TokenSource } from './rotation.js'
import { freshness, type Session } from './session.js'
import type { OpenSession, SessionOwner, Sessions } from './sessions.js'
import type { SessionStore } from './store.js'

/** Keeps the tokens of sessions fresh, once per rotation however many requests and processes ask. */
export interface Refresher {
  /** Whether a session's tokens need nothing at this moment, so that it can be served as it is. */
  isFresh(owner: SessionOwner, opened: OpenSession): boolean
  /**
   * The session as it may be served now, refreshed where that was needed; `undefined` when the provider has
   * ended it. Rejects with `provider_unavailable` when its tokens are older than `stale_limit` allows.
   */
  ensureFresh(owner: SessionOwner, opened: OpenSession, source: TokenSource): Promise<OpenSession | undefined>
  /**
   * Refreshes tokens that may still be good; `undefined` when the provider has ended the session. Rejects with
   * `provider_unavailable` when no new ones were to be had. A session without a refresh token stays as it is.
   */
  refreshNow(owner: SessionOwner, opened: OpenSession, source: TokenSource): Promise<OpenSession | undefined>
  /** Resolves when no refresh is under way any more: a process that ends before that loses a rotated token. */
  settle(): Promise<void>
}

interface RefresherOptions {
  readonly sessions: Sessions
  readonly store: SessionStore
  readonly now: () => number
  readonly report: RefreshReporter
}

/** Milliseconds that requests wait for a refresh, counted from its start; the refresh itself goes on. */
const LONGEST_WAIT = 10_000
/** Milliseconds that a request which cannot be served otherwise waits for a provider's pause to end. */
const LONGEST_PATIENCE = 2500
const PATIENCE_STEP = 50
/** Milliseconds between refreshes on demand by one person: nobody shall use up a tenant's rate limit with them. */
const DEMAND_INTERVAL = 10_000

const NO_NEW_TOKEN = 'the provider gave no new token'

/** Builds the refresher. */
export function createRefresher({ sessions, store, now, report }: RefresherOptions): Refresher {
  const providers = createBackoff({ now, firstPause: 250, longestPause: 2000 })
  const troubled = createBackoff({ now, firstPause: 5000, longestPause: 60_000 })
  const rotate = createRotation({ sessions, store, providers, troubled, now, report })
  const flights = createFlights({ sessions, store, rotate, report })
  const demands = new Map<string, number>()

  const startDue = (owner: SessionOwner, opened: OpenSession, source: TokenSource): Flight => {
    const stateOf = (session: Session) => freshness(session, owner.lifetimes, now())
    return flights.start(owner, opened, source, {
      name: 'due',
      isNeeded: (session) => stateOf(session) !== 'fresh',
      // Who has a valid token goes on with that.
      isServable: (session) => stateOf(session) === 'due',
    })
  }

  /** Whether this person has asked for a refresh just now; if not, it is noted. */
  function isTooSoon(owner: SessionOwner, { identity }: Session): boolean {
    for (const [person, at] of demands) {
      if (now() - at < DEMAND_INTERVAL) break
      demands.delete(person)
    }
    const person = `${owner.id} ${identity.sub}`
    if (demands.has(person)) return true
    demands.set(person, now())
    return false
  }

  const isStale = (owner: SessionOwner, { session }: OpenSession): boolean =>
    freshness(session, owner.lifetimes, now()) === 'stale'

  const isPaused = (owner: SessionOwner, { key }: OpenSession): boolean =>
    providers.isPaused(owner.id) || troubled.isPaused(key.id)

  async function awaitPause(owner: SessionOwner, opened: OpenSession, deadline: number): Promise<void> {
    if (providers.pauseLeft(owner.id) > LONGEST_PATIENCE) return
    while (isPaused(owner, opened) && performance.now() < deadline) await wait(PATIENCE_STEP)
  }

  async function arrive(flight: Flight, alternative: OpenSession, atLeast = 0) {
    const left = LONGEST_WAIT - (performance.now() - flight.startedAt)
    return within(Math.max(atLeast, left), flight.promise, alternative)
  }

  // It would be refused otherwise, and recovery should be felt at once. Of many that leave a pause together only one
  // asks the provider: the others come back with the old token, and what that one is told decides for them as well.
  async function arrivePatiently(owner: SessionOwner, opened: OpenSession, start: () => Flight) {
    const deadline = performance.now() + LONGEST_PATIENCE
    for (;;) {
      await awaitPause(owner, opened, deadline)
      if (isPaused(owner, opened)) return opened
      const patience = isStale(owner, opened) ? deadline - performance.now() : 0
      const current = await arrive(start(), opened, patience)
      const hasFailed = providers.pauseLeft(owner.id) > 0 || troubled.isPaused(opened.key.id)
      if (current === undefined || !isStale(owner, current) || hasFailed) return current
      if (performance.now() >= deadline) return current
    }
  }

  return {
    isFresh: (owner, { session }) => freshness(session, owner.lifetimes, now()) === 'fresh',
    async ensureFresh(owner, opened, source) {
      const state = freshness(opened.session, owner.lifetimes, now())
      if (state === 'fresh') return opened
      const start = () => startDue(owner, opened, source)
      if (state === 'due') {
        // A failure here is reported by the flight, and met again by the request that has to wait.
        if (!isPaused(owner, opened)) start().promise.catch(() => undefined)
        return opened
      }
      if (state === 'expired' && isPaused(owner, opened)) return opened
      const current = await arrivePatiently(owner, opened, start)
      if (current === undefined || !isStale(owner, current)) return current
      throw unavailable(providers, owner, 'the token is older than stale_limit allows')
    },
    async refreshNow(owner, opened, source) {
      const { refreshed_at, tokens } = opened.session
      if (tokens.refresh_token === undefined) return opened
      const isOld = (session: Session) => session.refreshed_at === refreshed_at
      if (isPaused(owner, opened)) throw unavailable(providers, owner, NO_NEW_TOKEN)
      if (isTooSoon(owner, opened.session)) return opened
      const wish = { name: `since ${refreshed_at}`, isNeeded: isOld, isServable: () => false }
      const current = await arrive(flights.start(owner, opened, source, wish), opened)
      if (current === undefined || !isOld(current.session)) return current
      throw unavailable(providers, owner, NO_NEW_TOKEN)
    },
    settle: () => flights.settle(),
  }
}

function unavailable(providers: Backoff, owner: SessionOwner, reason: string): DoorwardError {
  const pause = Math.ceil(providers.pauseLeft(owner.id) / 1000)
  return new DoorwardError('provider_unavailable', { reason, ...(pause > 0 ? { retryAfter: pause } : {}) })
}

/** What a promise resolves to, or the alternative where that takes longer than so many milliseconds. */
async function within<Value>(time: number, promise: Promise<Value>, alternative: Value): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<Value>((resolve) => {
    timer = setTimeout(resolve, time, alternative)
  })
  return Promise.race([promise, expiry]).finally(() => clearTimeout(timer))
}
