import { setTimeout as wait } from 'node:timers/promises'
import { DoorwardError } from '../errors.js'
import type { Grant, RefreshAnswer, Tokens } from '../tokens.js'
import { freshness, type Session } from './session.js'
import type { OpenSession, SessionOwner, Sessions } from './sessions.js'

/** Where refresh tokens are redeemed. */
export interface TokenSource {
  /** Redeems the refresh token of a session; never rejects. */
  refresh(session: Session): Promise<RefreshAnswer>
  /** Revokes tokens that nobody will use. */
  revoke(tokens: Tokens): Promise<void>
}

/** Hears how each refresh went. */
export interface RefreshReporter {
  refreshed(owner: SessionOwner, session: Session): void
  failed(owner: SessionOwner, session: Session, reason: string): void
  ended(owner: SessionOwner, session: Session, reason: string): void
}

/** Keeps the tokens of sessions fresh, once per rotation however many requests ask. */
export interface Refresher {
  /**
   * The session as it may be served now, refreshed where that was needed; `undefined` when the provider has
   * ended it. Rejects with `provider_unavailable` when its tokens are older than `stale_limit` allows.
   */
  ensureFresh(owner: SessionOwner, opened: OpenSession, source: TokenSource): Promise<OpenSession | undefined>
}

interface RefresherOptions {
  readonly sessions: Sessions
  readonly now: () => number
  readonly report: RefreshReporter
}

/** Milliseconds after a failed refresh during which the provider is not asked again for that session. */
const RETRY_PAUSE = 5000
/** Milliseconds that a request waits for a refresh; the refresh itself goes on. */
const LONGEST_WAIT = 10_000

/** How often, and how many milliseconds apart, a refreshed session is tried to be kept while the store is away. */
const SAVE_ATTEMPTS = 120
const SAVE_PAUSE = 500

/** Builds the refresher; flights in progress are shared by all requests of this process. */
export function createRefresher({ sessions, now, report }: RefresherOptions): Refresher {
  const flights = new Map<string, Promise<OpenSession | undefined>>()
  const pauses = new Map<string, number>()

  async function fly(owner: SessionOwner, opened: OpenSession, source: TokenSource) {
    // Read again: another request or process may have refreshed since this one read the session.
    const current = await sessions.reopen(owner, opened.key)
    if (current === undefined || freshness(current.session, owner.lifetimes, now()) === 'fresh')
      return current
    const answer = await source.refresh(current.session)
    if (answer.kind === 'failed') {
      pause(opened.key.id)
      report.failed(owner, current.session, answer.reason)
      return current
    }
    if (answer.kind === 'ended') {
      await sessions.end(owner, current)
      report.ended(owner, current.session, answer.reason)
      return undefined
    }
    const { tokens, identity } = answer
    const refreshed = await insist(() => keep(owner, opened, { tokens, identity }))
    if (refreshed === undefined) {
      // What the sign-out has revoked was the token before.
      source.revoke(tokens).catch(() => undefined)
      return undefined
    }
    pauses.delete(opened.key.id)
    report.refreshed(owner, refreshed.session)
    return refreshed
  }

  // Reads once more, for what happened meanwhile: a sign-out, or a new login that retired the session.
  async function keep(
    owner: SessionOwner,
    opened: OpenSession,
    grant: Grant,
  ): Promise<OpenSession | undefined> {
    const latest = await sessions.reopen(owner, opened.key)
    if (latest === undefined) return undefined
    const refreshed = { ...latest, session: { ...latest.session, ...grant, refreshed_at: now() } }
    return (await sessions.save(owner, refreshed)) ? refreshed : undefined
  }

  // Detached from the request that started it: a browser that goes away must not lose a rotated token.
  function share(owner: SessionOwner, opened: OpenSession, source: TokenSource) {
    const { id } = opened.key
    const flight = flights.get(id) ?? fly(owner, opened, source).finally(() => flights.delete(id))
    flights.set(id, flight)
    return flight
  }

  function pause(id: string): void {
    // Sessions that never come back must not be remembered forever.
    for (const [other, until] of pauses) {
      if (until > now()) break
      pauses.delete(other)
    }
    pauses.delete(id)
    pauses.set(id, now() + RETRY_PAUSE)
  }

  const isPaused = (id: string): boolean => now() < (pauses.get(id) ?? 0)

  return {
    async ensureFresh(owner, opened, source) {
      const state = freshness(opened.session, owner.lifetimes, now())
      if (state === 'fresh') return opened
      if (state === 'due') {
        // A failure here is reported by the flight, and met again by the request that has to wait.
        if (!isPaused(opened.key.id)) share(owner, opened, source).catch(() => undefined)
        return opened
      }
      const current = isPaused(opened.key.id)
        ? opened
        : await within(LONGEST_WAIT, share(owner, opened, source), opened)
      if (current === undefined || freshness(current.session, owner.lifetimes, now()) !== 'stale')
        return current
      throw new DoorwardError('provider_unavailable', { reason: 'token is older than stale_limit allows' })
    },
  }
}

// The token before is consumed: one that a store's short absence loses is a session lost, and Okta takes its second
// use for theft. So the store is given time to come back.
async function insist<Value>(operation: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation()
    } catch (error) {
      if (attempt === SAVE_ATTEMPTS) throw error
      await wait(SAVE_PAUSE, undefined, { ref: false })
    }
  }
}

/** What a promise resolves to, or the alternative where that takes longer than so many milliseconds. */
async function within<Value>(time: number, promise: Promise<Value>, alternative: Value): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<Value>((resolve) => {
    timer = setTimeout(resolve, time, alternative)
  })
  return Promise.race([promise, expiry]).finally(() => clearTimeout(timer))
}
