import type { FastifyInstance } from 'fastify'
import { DoorwardError } from '../errors.js'
import type { RouteOptions } from './index.js'
import { parametersOf } from './parameters.js'
import { requireReturnTo } from './return-address.js'

/**
 * `initiate`: the `initiate_login_uri` (OIDC Core §4), where Okta's tile leads. It always starts a fresh
 * authorization request; Okta sends `iss` alone, and after account activation not even that.
 */
export function initiate(app: FastifyInstance, { startLogin }: RouteOptions): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/initiate',
    async handler(request, reply) {
      const { config } = request.requireSite().tenant
      if (config.idp_initiated_login === 'off') {
        throw new DoorwardError('not_found', { reason: 'idp_initiated_login is off' })
      }
      const parameters = parametersOf(request)
      const issuer = parameters.get('iss')
      if (issuer !== null && withoutSlash(issuer) !== withoutSlash(config.issuer)) {
        throw new DoorwardError('unknown_issuer', { reason: "iss is not this tenant's issuer" })
      }
      return startLogin(request, reply, {
        returnTo: requireReturnTo(request, parameters.get('target_link_uri') ?? '/'),
        loginHint: parameters.get('login_hint') ?? undefined,
      })
    },
  })
}

// It only starts a login, so the one character that people get wrong may be forgiven here.
const withoutSlash = (issuer: string): string => issuer.replace(/\/$/, '')
