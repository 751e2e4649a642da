import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalidLogoutRequest } from '../oidc/logout-token.js'
import type { RouteOptions } from './index.js'
import { onlyOnce } from './logout-replay.js'
import { endSessions } from './logout-sessions.js'

/**
 * `POST logout/backchannel` (OIDC Back-Channel Logout §2.5–2.8): the provider's server ends the sessions of a sign-in,
 * or of a person. 200 also when there were none; 503 makes the provider ask again.
 */
export function logoutBackchannel(app: FastifyInstance, { services }: RouteOptions): void {
  app.route({
    method: 'POST',
    url: '/logout/backchannel',
    async handler(request, reply) {
      const { tenant } = request.requireSite()
      const token = await services.of(tenant).relyingParty.verifyLogoutToken(requireLogoutToken(request))
      const { subjects, sub: user } = token
      const isFirst = await onlyOnce(services, tenant, token, () =>
        endSessions(services, request, { subjects, user, reason: 'back-channel logout' }),
      )
      if (!isFirst) throw invalidLogoutRequest('this logout_token has been used before')
      return reply.header('cache-control', 'no-store').send()
    },
  })
}

function requireLogoutToken({ body }: FastifyRequest): string {
  const [token, ...others] = body instanceof URLSearchParams ? body.getAll('logout_token') : []
  if (token === undefined || others.length > 0) throw invalidLogoutRequest('no form with one logout_token')
  return token
}
