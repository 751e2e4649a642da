import { setTimeout as wait } from 'node:timers/promises'
import { DoorwardError } from '../errors.js'
import { type Backoff, createBackoff } from './backoff.js'
import { acquireLease } from './lease.js'
import { createRotation, type RefreshReporter, type TokenSource } from './rotation.js'
import { freshness, type Session } from './session.js'
import type { OpenSession, SessionOwner, Sessions } from './sessions.js'
import type { SessionStore } from './store.js'

/** Keeps the tokens of sessions fresh, once per rotation however many requests and processes ask. */
export interface Refresher {
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

/** A refresh under way, shared by all requests of this process. */
interface Flight {
  readonly promise: Promise<OpenSession | undefined>
  /** Of the monotonic clock, in milliseconds. */
  readonly startedAt: number
}

/** Milliseconds that requests wait for a refresh, counted from its start; the refresh itself goes on. */
const LONGEST_WAIT = 10_000
/** Milliseconds that a request which cannot be served otherwise waits for a provider's pause to end. */
const LONGEST_PATIENCE = 2500
const PATIENCE_STEP = 50
/** Milliseconds between looks at a session that another process refreshes, and for how long to look. */
const POLL = 100
const LONGEST_POLLING = 60_000
/** Milliseconds between refreshes on demand: nobody shall use up a tenant's rate limit with them. */
const REFRESH_INTERVAL = 1000

/** Builds the refresher. */
export function createRefresher({ sessions, store, now, report }: RefresherOptions): Refresher {
  const flights = new Map<string, Flight>()
  const providers = createBackoff({ now, firstPause: 250, longestPause: 2000 })
  const troubled = createBackoff({ now, firstPause: 5000, longestPause: 60_000 })
  const rotate = createRotation({ sessions, providers, troubled, now, report })

  type Need = (session: Session) => boolean

  // Under the lease the session is read again: another request or process may have refreshed since.
  async function fly(owner: SessionOwner, opened: OpenSession, source: TokenSource, isNeeded: Need) {
    for (let waited = 0; ; waited += POLL) {
      const lease = await acquireLease(store, `${owner.id}:${opened.key.id}`)
      try {
        const current = await sessions.reopen(owner, opened.key)
        if (current === undefined || !isNeeded(current.session)) return current
        if (lease !== undefined) return await rotate(owner, current, source)
        // Another process is at it; who has a valid token goes on with that.
        const isServable = freshness(current.session, owner.lifetimes, now()) === 'due'
        if (isServable || waited >= LONGEST_POLLING) return current
      } finally {
        lease?.release()
      }
      await wait(POLL)
    }
  }

  // Detached from the request that started it: a browser that goes away must not lose a rotated token.
  function share(owner: SessionOwner, opened: OpenSession, source: TokenSource, isNeeded: Need): Flight {
    const { id } = opened.key
    const running = flights.get(id)
    if (running !== undefined) return running
    const promise = fly(owner, opened, source, isNeeded).finally(() => flights.delete(id))
    const flight = { promise, startedAt: performance.now() }
    flights.set(id, flight)
    return flight
  }

  const isDue =
    (owner: SessionOwner): Need =>
    (session) =>
      freshness(session, owner.lifetimes, now()) !== 'fresh'

  const isPaused = (owner: SessionOwner, { key }: OpenSession): boolean =>
    providers.isPaused(owner.id) || troubled.isPaused(key.id)

  // It would be refused otherwise, and recovery should be felt at once.
  async function awaitPause(owner: SessionOwner, opened: OpenSession): Promise<void> {
    if (providers.pauseLeft(owner.id) > LONGEST_PATIENCE) return
    for (let waited = 0; isPaused(owner, opened) && waited < LONGEST_PATIENCE; waited += PATIENCE_STEP) {
      await wait(PATIENCE_STEP)
    }
  }

  async function arrive(flight: Flight, alternative: OpenSession): Promise<OpenSession | undefined> {
    const left = LONGEST_WAIT - (performance.now() - flight.startedAt)
    return within(Math.max(0, left), flight.promise, alternative)
  }

  return {
    async ensureFresh(owner, opened, source) {
      const state = freshness(opened.session, owner.lifetimes, now())
      if (state === 'fresh') return opened
      const start = () => share(owner, opened, source, isDue(owner))
      if (state === 'due') {
        // A failure here is reported by the flight, and met again by the request that has to wait.
        if (!isPaused(owner, opened)) start().promise.catch(() => undefined)
        return opened
      }
      if (state === 'stale') await awaitPause(owner, opened)
      const current = isPaused(owner, opened) ? opened : await arrive(start(), opened)
      if (current === undefined || freshness(current.session, owner.lifetimes, now()) !== 'stale')
        return current
      throw unavailable(providers, owner, 'the token is older than stale_limit allows')
    },
    async refreshNow(owner, opened, source) {
      const { created_at, refreshed_at, tokens } = opened.session
      const isJustRefreshed = refreshed_at > created_at && now() - refreshed_at < REFRESH_INTERVAL
      if (tokens.refresh_token === undefined || isJustRefreshed) return opened
      const isOld: Need = (session) => session.refreshed_at === refreshed_at
      const current = isPaused(owner, opened)
        ? opened
        : await arrive(share(owner, opened, source, isOld), opened)
      if (current === undefined || !isOld(current.session)) return current
      throw unavailable(providers, owner, 'the provider gave no new token')
    },
    async settle() {
      await Promise.allSettled([...flights.values()].map(({ promise }) => promise))
    },
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
