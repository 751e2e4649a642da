import type { FastifyReply, FastifyRequest } from 'fastify'
import { DoorwardError, type ErrorCode } from '../errors.js'
import type { LoginTransaction } from '../oidc/transaction.js'
import type { Services } from '../services.js'

interface FailedRenewal {
  readonly error: unknown
  readonly transaction: LoginTransaction
}

// The person would have to be asked (`login_required` and the like), or the provider cannot answer now. What it has
// against the person, and a store that is down, are told as ever.
const LEAVES_SESSION: ReadonlySet<ErrorCode> = new Set(['login_misconfigured', 'provider_unavailable'])

/**
 * Where a silent renewal failed, the browser goes where it wanted to, with its session as it was. Throws the error of
 * every other login.
 */
export function goOnUnrenewed(
  { audit }: Pick<Services, 'audit'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { error, transaction }: FailedRenewal,
): FastifyReply {
  if (!transaction.is_silent || !(error instanceof DoorwardError) || !LEAVES_SESSION.has(error.code))
    throw error
  const { opened } = request
  audit('session.refresh_failed', {
    tenant: request.requireSite().tenant.id,
    ...(opened === null ? {} : { user: opened.session.identity.sub, session: opened.session.id }),
    reason: `silent renewal: ${error.reason ?? error.message}`,
    request_id: request.id,
  })
  return reply.header('cache-control', 'no-store').redirect(transaction.return_to, 302)
}
