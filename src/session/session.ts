import type { Identity } from '../identity.js'
import type { Tokens } from '../tokens.js'

/** A signed-in browser. All times are milliseconds since the epoch. */
export interface Session {
  /** The public one; see `SessionHandle`. */
  readonly id: string
  /** Which client of the tenant has made it; `undefined` in sessions that are older than this field. */
  readonly client?: string | undefined
  readonly identity: Identity
  readonly tokens: Tokens
  readonly created_at: number
  /** When the tokens were issued. */
  readonly refreshed_at: number
  /** When this browser lately started logins: what the loop breaker counts on from one session to the next. */
  readonly recent_logins: readonly number[]
  /** Id of the session that this one has replaced in its browser: signing out ends that one too. */
  readonly predecessor?: string
  /** When a session that a new login has replaced ends; absent while it is the browser's own. */
  readonly retires_at?: number
}

/** How long a session may live, in milliseconds. */
export interface Lifetimes {
  readonly idle_timeout: number
  readonly max_lifetime: number
  readonly stale_limit: number
}

/** Whose session it is and how long it may live: what every operation needs of a tenant. */
export interface SessionOwner {
  readonly id: string
  /** The names of its client at the provider, that of today first; see `clientNames`. */
  readonly clients: readonly string[]
  readonly lifetimes: Lifetimes
}

/** Whether a session is of a client that the tenant still has: another one's tokens and people are not this one's. */
export const isMadeBy = ({ clients }: SessionOwner, { client }: Session): boolean =>
  client === undefined || clients.includes(client)

/** What a request has to do about the tokens of its session. */
export type Freshness =
  /** Nothing. */
  | 'fresh'
  /** Go on, and start a refresh beside it: the token is valid, but not for long. */
  | 'due'
  /** Wait for a refresh; where it fails for a passing reason, the session may still be served. */
  | 'expired'
  /** Wait for a refresh; without one the session cannot be served. */
  | 'stale'

const LONGEST_LEAD = 60_000

/**
 * How early a token is refreshed: a fifth of its life, a minute at the most, and up to a quarter less by a jitter
 * that is fixed per session, so that sessions of one moment do not all refresh at one moment.
 */
export function refreshLead(session: Session): number {
  const { expires_at } = session.tokens
  if (expires_at === undefined) return 0
  const lead = Math.min(LONGEST_LEAD, (expires_at - session.refreshed_at) / 5)
  const jitter = Number.parseInt(session.id.slice(0, 2), 16) / 255
  return lead * (1 - jitter / 4)
}

/** Judges the tokens of a session at a moment. */
export function freshness(session: Session, lifetimes: Lifetimes, now: number): Freshness {
  const { expires_at, refresh_token } = session.tokens
  if (refresh_token === undefined || expires_at === undefined) return 'fresh'
  if (now >= expires_at + lifetimes.stale_limit) return 'stale'
  if (now >= expires_at) return 'expired'
  return now >= expires_at - refreshLead(session) ? 'due' : 'fresh'
}

/** Milliseconds for which the store may keep a session that is used now; 0 or less when it is over. */
export function timeToLive(session: Session, lifetimes: Lifetimes, now: number): number {
  const end = Math.min(
    session.created_at + lifetimes.max_lifetime,
    session.retires_at ?? Number.POSITIVE_INFINITY,
  )
  return Math.min(lifetimes.idle_timeout, end - now)
}
