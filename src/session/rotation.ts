import { setTimeout as wait } from 'node:timers/promises'
import type { LeaseOutcome } from '../observer.js'
import type { Confirmation, Grant, RefreshAnswer, Tokens } from '../tokens.js'
import type { Backoff } from './backoff.js'
import { insist } from './insist.js'
import type { Session } from './session.js'
import type { OpenSession, SessionOwner, Sessions } from './sessions.js'
import type { SessionStore } from './store.js'

/** Where refresh tokens are redeemed; `refresh` and `confirm` never reject. */
export interface TokenSource {
  /** Redeems the refresh token of a session. */
  refresh(session: Session): Promise<RefreshAnswer>
  /** Tells whose the new tokens are. */
  confirm(grant: Grant, receivedIdToken: string | undefined): Promise<Confirmation>
  /** Revokes tokens that nobody will use; may reject. */
  revoke(tokens: Tokens): Promise<void>
}

/** Hears how each refresh went. */
export interface RefreshReporter {
  /** With a reason where the new ID token could not be verified, so that the known claims stay. */
  refreshed(owner: SessionOwner, session: Session, reason?: string): void
  failed(owner: SessionOwner, session: Session, reason: string): void
  ended(owner: SessionOwner, session: Session, reason: string): void
  /** For the figures: after how many milliseconds it was settled who refreshes. */
  settled(outcome: LeaseOutcome, time: number): void
}

interface RotationOptions {
  readonly sessions: Sessions
  readonly store: SessionStore
  /** By tenant: providers that are not well. */
  readonly providers: Backoff
  /** By session: refresh tokens that are refused for a reason of their own. */
  readonly troubled: Backoff
  readonly now: () => number
  readonly report: RefreshReporter
}

/** Milliseconds for which a rotation that was begun may still end: the provider's answer, and its keeping. */
const LONGEST_ROTATION = 90_000
/** Milliseconds, and steps, in which a rotation that another process has begun is waited for. */
const HANDOVER = 2500
const HANDOVER_STEP = 250

/**
 * Builds what redeems the refresh token of a session, under its lease: resolves the session as it is afterwards,
 * unchanged where that failed, `undefined` where it has ended.
 */
export function createRotation({ sessions, store, providers, troubled, now, report }: RotationOptions) {
  async function redeem(owner: SessionOwner, { key, session }: OpenSession, source: TokenSource) {
    providers.begin(owner.id)
    const answer = await source.refresh(session).catch((error: unknown) => {
      providers.failed(owner.id)
      throw error
    })
    if (answer.kind === 'failed' && answer.concerns === 'tenant') {
      providers.failed(owner.id, answer.retry_after)
    } else {
      providers.succeeded(owner.id)
      if (answer.kind === 'failed') troubled.failed(key.id, answer.retry_after)
      else troubled.succeeded(key.id)
    }
    return answer
  }

  // Only as it was judged: what another process has refreshed meanwhile has not ended.
  async function end(owner: SessionOwner, judged: OpenSession, reason: string) {
    for (let current = judged; ; ) {
      if (await sessions.endUnchanged(owner, current)) {
        report.ended(owner, current.session, reason)
        return undefined
      }
      const latest = await sessions.reopen(owner, current.key)
      if (latest?.session.refreshed_at !== judged.session.refreshed_at) return latest
      current = latest
    }
  }

  // Whoever else refreshed in the meantime has changed `refreshed_at`: a process that lost its lease does not overwrite.
  const change = (
    owner: SessionOwner,
    { key, session }: OpenSession,
    changes: (latest: Session) => Session,
  ) =>
    insist(() =>
      sessions.update(owner, key, (latest) =>
        latest.refreshed_at === session.refreshed_at ? changes(latest) : undefined,
      ),
    )

  async function confirm(
    owner: SessionOwner,
    kept: OpenSession,
    source: TokenSource,
    receivedIdToken: string | undefined,
  ): Promise<OpenSession | undefined> {
    const { tokens } = kept.session
    const confirmation = await source.confirm(kept.session, receivedIdToken)
    if (confirmation.kind === 'ended') {
      revoke(source, tokens)
      return end(owner, kept, confirmation.reason)
    }
    if (confirmation.kind === 'unconfirmed') {
      report.refreshed(owner, kept.session, confirmation.reason)
      return kept
    }
    const { identity, id_token } = confirmation
    const confirmed = await change(owner, kept, (latest) => ({
      ...latest,
      identity,
      tokens: { ...latest.tokens, id_token },
    }))
    if (confirmed === undefined) revoke(source, tokens)
    else report.refreshed(owner, confirmed.session)
    return confirmed
  }

  // A lease ends by the clock, also while its holder has the new token and the store is away.
  async function awaitOther(owner: SessionOwner, { key, session }: OpenSession) {
    for (let waited = 0; ; waited += HANDOVER_STEP) {
      const latest = await sessions.reopen(owner, key)
      if (latest?.session.refreshed_at !== session.refreshed_at || waited >= HANDOVER) return latest
      await wait(HANDOVER_STEP)
    }
  }

  async function attempt(owner: SessionOwner, current: OpenSession, source: TokenSource, isFirst: boolean) {
    const answer = await redeem(owner, current, source)
    if (answer.kind === 'ended' && isFirst) return end(owner, current, answer.reason)
    if (answer.kind !== 'refreshed') {
      // Whoever began before may have consumed the token and bring the next one: nothing has ended yet.
      if (answer.kind === 'ended') troubled.failed(current.key.id)
      report.failed(owner, current.session, answer.reason)
      return current
    }
    const { tokens, received_id_token } = answer
    const kept = await change(owner, current, (latest) => ({ ...latest, tokens, refreshed_at: now() }))
    if (kept === undefined) {
      // What the sign-out has revoked was the token before.
      revoke(source, tokens)
      return undefined
    }
    // Somebody else's rotation has won: theirs are the tokens to go on with.
    if (kept.session.tokens.access_token !== tokens.access_token) return kept
    return confirm(owner, kept, source, received_id_token)
  }

  return async function rotate(
    owner: SessionOwner,
    current: OpenSession,
    source: TokenSource,
  ): Promise<OpenSession | undefined> {
    const { key, session } = current
    const mark = `rotation:${owner.id}:${key.id}:${session.refreshed_at}`
    const isFirst = await store.add(mark, '1', LONGEST_ROTATION)
    const latest = isFirst ? current : await awaitOther(owner, current)
    if (latest?.session.refreshed_at !== session.refreshed_at) return latest
    try {
      if (providers.isPaused(owner.id) || troubled.isPaused(key.id)) return latest
      return await attempt(owner, latest, source, isFirst)
    } finally {
      if (isFirst) store.delete(mark).catch(() => undefined)
    }
  }
}

function revoke(source: TokenSource, tokens: Tokens): void {
  source.revoke(tokens).catch(() => undefined)
}
