import type { Logger } from 'pino'

/** The security events of the log, a closed set. */
export type AuditEvent =
  | 'login.started'
  | 'login.succeeded'
  | 'login.failed'
  | 'session.refreshed'
  | 'session.refresh_failed'
  | 'session.ended'
  | 'logout'
  | 'access.denied'
  | 'keys.refreshed'
  | 'client.rotated'
  | 'assertion.rotated'
  | 'config.reloaded'
  | 'config.reload_failed'

/** What an event may say: never a cookie, code, state, token, secret or query string. */
export interface AuditFields {
  /** Absent where all are concerned. */
  readonly tenant?: string
  /** The person's `sub`. */
  readonly user?: string
  /** The session's public id, a hash. */
  readonly session?: string
  readonly reason?: string
  readonly request_id?: string
  /** Of a configuration that counts from now on, or goes on to. */
  readonly generation?: number
  /** Which tenants another configuration adds, changes and removes. */
  readonly added?: string
  readonly changed?: string
  readonly removed?: string
  /** How many tenants there are. */
  readonly tenants?: number
  /** What keeps files from counting: all of it. */
  readonly problems?: readonly string[]
}

/** Writes one security event. */
export type Audit = (event: AuditEvent, fields: AuditFields) => void

/** Failures stand out in the log, and most of all the one that an operator has to mend. */
const LEVELS: { readonly [event in AuditEvent]?: 'warn' | 'error' } = {
  'login.failed': 'warn',
  'session.refresh_failed': 'warn',
  'access.denied': 'warn',
  'config.reload_failed': 'error',
}

/** The audit trail on a logger. */
export const createAudit =
  (log: Logger): Audit =>
  (event, fields) =>
    log[LEVELS[event] ?? 'info']({ event, ...fields }, event)
