import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TenantConfig } from '../config/schema.js'
import { DoorwardError } from '../errors.js'
import type { RevocationSubject } from '../oidc/global-token-revocation.js'
import type { RouteOptions } from './index.js'
import { onlyOnce } from './logout-replay.js'
import { endSessions } from './logout-sessions.js'

/**
 * `POST global-token-revocation`: Okta's Universal Logout (draft-parecki-oauth-global-token-revocation). All sessions
 * of a person at this tenant end; their refresh tokens are revoked by the provider, which is the one that asks.
 */
export function globalTokenRevocation(app: FastifyInstance, { services }: RouteOptions): void {
  app.route({
    method: 'POST',
    url: '/global-token-revocation',
    async handler(request, reply) {
      const { tenant, origin } = request.requireSite()
      const { relyingParty } = services.of(tenant)
      const endpoint = `${origin}${services.pathPrefix}/global-token-revocation`
      const token = await verify(request, reply, (jwt) => relyingParty.verifyRevocationToken(jwt, endpoint))
      const subject = await relyingParty.readRevocationSubject(requireJson(request))
      const user = 'sub' in subject ? subject.sub : undefined
      let ended: string[] = []
      const isFirst = await onlyOnce(services, tenant, token, async () => {
        ended = await endSessions(services, request, {
          subjects: [subject],
          user,
          reason: 'universal logout',
        })
      })
      if (!isFirst) throw unauthorized(reply, new DoorwardError('invalid_token', { reason: 'used before' }))
      if (ended.length === 0) throw notFound(subject, tenant.config)
      return reply.code(204).header('cache-control', 'no-store').send()
    },
  })
}

async function verify<Token>(
  request: FastifyRequest,
  reply: FastifyReply,
  check: (jwt: string) => Promise<Token>,
): Promise<Token> {
  const [, jwt] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (jwt === undefined) {
    reply.header('www-authenticate', 'Bearer')
    throw new DoorwardError('invalid_token', { reason: 'no bearer token' })
  }
  try {
    return await check(jwt)
  } catch (error) {
    throw unauthorized(reply, error)
  }
}

// RFC 6750 §3.1: who has shown a token is told that it is the token.
function unauthorized(reply: FastifyReply, error: unknown): unknown {
  if (error instanceof DoorwardError && error.code === 'invalid_token') {
    reply.header('www-authenticate', 'Bearer error="invalid_token"')
  }
  return error
}

function requireJson({ body, headers }: FastifyRequest): unknown {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json' || typeof body !== 'string') {
    throw new DoorwardError('invalid_request', { reason: 'the body is not application/json' })
  }
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new DoorwardError('invalid_request', { cause, reason: 'the body cannot be parsed' })
  }
}

// Where mail addresses are not asked for, "not found" would be taken for "signed out already".
function notFound(subject: RevocationSubject, { scopes, userinfo }: TenantConfig): DoorwardError {
  const isUnknowable = 'email' in subject && (!scopes.includes('email') || userinfo === 'never')
  if (isUnknowable) {
    return new DoorwardError('unsupported_subject', {
      reason: 'sessions may have no address: scopes lacks email, or userinfo is never',
    })
  }
  return new DoorwardError('user_not_found', { reason: 'no session of this user' })
}
