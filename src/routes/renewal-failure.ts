import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuditFields } from '../audit.js'
import { cookieNames } from '../cookies.js'
import { DoorwardError, type ErrorCode } from '../errors.js'
import type { LoginTransaction } from '../oidc/transaction.js'
import type { Services } from '../services.js'

interface FailedRenewal<Reason = unknown> {
  readonly error: Reason
  readonly transaction: LoginTransaction
}

// The person would have to be asked (`login_required` and the like: nobody is signed in there, which ends no session
// here), or the provider cannot answer now. A store that is down is told as ever.
const LEAVES_SESSION: ReadonlySet<ErrorCode> = new Set(['login_misconfigured', 'provider_unavailable'])

/**
 * Where a silent renewal failed, the browser goes where it wanted to, with its session as it was. Rejects with the error
 * of every other login, and with `access_denied` when the provider has taken the person's access away: that ends the
 * session.
 */
export async function goOnUnrenewed(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { error, transaction }: FailedRenewal,
): Promise<FastifyReply> {
  if (!transaction.is_silent || !(error instanceof DoorwardError)) throw error
  if (error.code === 'access_denied') await endRenewed(services, request, reply, { error, transaction })
  if (!LEAVES_SESSION.has(error.code)) throw error
  services.observer.refreshed(request.requireSite().tenant.id, 'failed')
  services.audit('session.refresh_failed', describe(request, error))
  return reply.header('cache-control', 'no-store').redirect(transaction.return_to, 302)
}

// A session that began after the question is not the one that was asked about.
async function endRenewed(
  { sessions, of, audit, observer }: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { error, transaction }: FailedRenewal<DoorwardError>,
): Promise<void> {
  const { opened } = request
  if (opened === null || opened.session.created_at > transaction.started_at) return
  const { tenant, origin } = request.requireSite()
  await sessions.end(of(tenant).owner, opened)
  reply.changeCookies(origin, [{ name: cookieNames(origin).session, value: undefined }])
  observer.refreshed(tenant.id, 'ended')
  observer.sessionEnded(tenant.id, 'provider')
  audit('session.ended', describe(request, error))
}

function describe(request: FastifyRequest, { reason, message }: DoorwardError): AuditFields {
  const { opened } = request
  return {
    tenant: request.requireSite().tenant.id,
    ...(opened === null ? {} : { user: opened.session.identity.sub, session: opened.session.id }),
    reason: `silent renewal: ${reason ?? message}`,
    request_id: request.id,
  }
}
