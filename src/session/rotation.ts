import { setTimeout as wait } from 'node:timers/promises'
import type { Confirmation, Grant, RefreshAnswer, Tokens } from '../tokens.js'
import type { Backoff } from './backoff.js'
import type { Session } from './session.js'
import type { OpenSession, SessionOwner, Sessions } from './sessions.js'

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
}

interface RotationOptions {
  readonly sessions: Sessions
  /** By tenant: providers that are not well. */
  readonly providers: Backoff
  /** By session: refresh tokens that are refused for a reason of their own. */
  readonly troubled: Backoff
  readonly now: () => number
  readonly report: RefreshReporter
}

/** How often, and how many milliseconds apart, a refreshed session is tried to be kept while the store is away. */
const SAVE_ATTEMPTS = 120
const SAVE_PAUSE = 500

/**
 * Builds what redeems the refresh token of a session, under its lease: resolves the session as it is afterwards,
 * unchanged where that failed, `undefined` where it has ended.
 */
export function createRotation({ sessions, providers, troubled, now, report }: RotationOptions) {
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

  async function end(owner: SessionOwner, opened: OpenSession, reason: string): Promise<undefined> {
    await sessions.end(owner, opened)
    report.ended(owner, opened.session, reason)
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

  return async function rotate(
    owner: SessionOwner,
    current: OpenSession,
    source: TokenSource,
  ): Promise<OpenSession | undefined> {
    if (providers.isPaused(owner.id) || troubled.isPaused(current.key.id)) return current
    const answer = await redeem(owner, current, source)
    if (answer.kind === 'failed') {
      report.failed(owner, current.session, answer.reason)
      return current
    }
    if (answer.kind === 'ended') {
      // A process that lost its lease has sent a token that another one's rotation has consumed: nothing has ended.
      const latest = await sessions.reopen(owner, current.key)
      const isOvertaken = latest?.session.refreshed_at !== current.session.refreshed_at
      return isOvertaken ? latest : end(owner, current, answer.reason)
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
}

function revoke(source: TokenSource, tokens: Tokens): void {
  source.revoke(tokens).catch(() => undefined)
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
