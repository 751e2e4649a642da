import type { FastifyInstance } from 'fastify'
import { DoorwardError } from '../errors.js'
import type { RouteOptions } from './index.js'
import { parametersOf } from './parameters.js'
import { requireReturnTo } from './return-address.js'
import { bringsUnaskedIdToken, startUnaskedLogin } from './unasked-login.js'

/**
 * `initiate`: the `initiate_login_uri` (OIDC Core §4), where Okta's tile leads. It always starts a fresh
 * authorization request; Okta sends `iss` alone, and after account activation not even that. Its simplified flow posts
 * an ID token here or to `callback`.
 */
export function initiate(app: FastifyInstance, options: RouteOptions): void {
  const { services, startLogin } = options
  app.route({
    method: ['GET', 'POST'],
    url: '/initiate',
    async handler(request, reply) {
      const { tenant } = request.requireSite()
      if (tenant.config.idp_initiated_login === 'off') {
        throw new DoorwardError('not_found', { reason: 'idp_initiated_login is off' })
      }
      const parameters = parametersOf(request)
      const issuer = parameters.get('iss')
      if (issuer !== null && !services.of(tenant).relyingParty.acceptsIssuer(issuer)) {
        throw new DoorwardError('unknown_issuer', { reason: "iss is not this tenant's issuer" })
      }
      if (bringsUnaskedIdToken(request)) return startUnaskedLogin(options, request, reply)
      return startLogin(request, reply, {
        returnTo: requireReturnTo(request, parameters.get('target_link_uri') ?? '/'),
        loginHint: parameters.get('login_hint') ?? undefined,
      })
    },
  })
}
