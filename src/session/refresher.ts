import { DoorwardError } from '../errors.js'
import type { RefreshAnswer } from '../tokens.js'
import { freshness, type Session } from './session.js'
import type { OpenSession, SessionOwner, Sessions } from './sessions.js'

/** Redeems the refresh token of a session; never rejects. */
export type RefreshTokens = (session: Session) => Promise<RefreshAnswer>

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
  ensureFresh(
    owner: SessionOwner,
    opened: OpenSession,
    refresh: RefreshTokens,
  ): Promise<OpenSession | undefined>
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

/** Builds the refresher; flights in progress are shared by all requests of this process. */
export function createRefresher({ sessions, now, report }: RefresherOptions): Refresher {
  const flights = new Map<string, Promise<OpenSession | undefined>>()
  const pauses = new Map<string, number>()

  async function fly(owner: SessionOwner, opened: OpenSession, refresh: RefreshTokens) {
    // Read again: another request or process may have refreshed since this one read the session.
    const current = await sessions.reopen(owner, opened.key)
    if (current === undefined || freshness(current.session, owner.lifetimes, now()) === 'fresh')
      return current
    const answer = await refresh(current.session)
    if (answer.kind === 'failed') {
      pauses.set(opened.key.id, now() + RETRY_PAUSE)
      report.failed(owner, current.session, answer.reason)
      return current
    }
    if (answer.kind === 'ended') {
      await sessions.end(owner, opened.key)
      report.ended(owner, current.session, answer.reason)
      return undefined
    }
    const { tokens, identity } = answer
    const refreshed = {
      key: opened.key,
      session: { ...current.session, tokens, identity, refreshed_at: now() },
    }
    if (!(await sessions.save(owner, refreshed))) return undefined
    pauses.delete(opened.key.id)
    report.refreshed(owner, refreshed.session)
    return refreshed
  }

  // Detached from the request that started it: a browser that goes away must not lose a rotated token.
  function share(owner: SessionOwner, opened: OpenSession, refresh: RefreshTokens) {
    const { id } = opened.key
    const flight = flights.get(id) ?? fly(owner, opened, refresh).finally(() => flights.delete(id))
    flights.set(id, flight)
    return flight
  }

  function paused(id: string): boolean {
    const until = pauses.get(id)
    if (until === undefined || now() < until) return until !== undefined
    pauses.delete(id)
    return false
  }

  return {
    async ensureFresh(owner, opened, refresh) {
      const state = freshness(opened.session, owner.lifetimes, now())
      if (state === 'fresh') return opened
      if (state === 'due') {
        // A failure here is reported by the flight, and met again by the request that has to wait.
        if (!paused(opened.key.id)) share(owner, opened, refresh).catch(() => undefined)
        return opened
      }
      const current = paused(opened.key.id)
        ? opened
        : await Promise.race([share(owner, opened, refresh), afterWait(opened)])
      if (current === undefined || freshness(current.session, owner.lifetimes, now()) !== 'stale')
        return current
      throw new DoorwardError('provider_unavailable', { reason: 'token is older than stale_limit allows' })
    },
  }
}

function afterWait(opened: OpenSession): Promise<OpenSession> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(opened), LONGEST_WAIT).unref()
  })
}
