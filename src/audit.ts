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

/** What an event may say: never a cookie, code, state, token, secret or query string. */
export interface AuditFields {
  readonly tenant: string
  /** The person's `sub`. */
  readonly user?: string
  /** The session's public id, a hash. */
  readonly session?: string
  readonly reason?: string
  readonly request_id?: string
}

/** Writes one security event. */
export type Audit = (event: AuditEvent, fields: AuditFields) => void

/** Events of failure stand out in the log. */
const FAILURES: ReadonlySet<AuditEvent> = new Set(['login.failed', 'session.refresh_failed', 'access.denied'])

/** The audit trail on a logger. */
export const createAudit =
  (log: Logger): Audit =>
  (event, fields) =>
    log[FAILURES.has(event) ? 'warn' : 'info']({ event, ...fields }, event)
