import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cookieNames } from '../cookies.js'
import type { DoorwardError } from '../errors.js'
import { loginRequired } from '../login-required.js'
import type { Services } from '../services.js'
import type { OpenSession } from '../session/sessions.js'
import type { RouteOptions } from './index.js'

/** Claims that a page may greet its user with. */
const SHOWN_CLAIMS = ['name', 'preferred_username', 'email'] as const

/** `GET session`: what a page may know of its session. `POST session/refresh`: the same, with new tokens. */
export function session(app: FastifyInstance, { services }: RouteOptions): void {
  const { pathPrefix, sessions, refresher, of } = services

  const requireSession = (request: FastifyRequest): OpenSession => {
    if (request.opened === null) throw loginRequired(request.requireSite().origin, pathPrefix)
    return request.opened
  }

  // Asking how long a session still lives does not prolong it.
  app.get('/session', async (request, reply) =>
    describeSession(services, request, reply, requireSession(request)),
  )

  app.route({
    method: 'POST',
    url: '/session/refresh',
    // As a hook, so that a body of whatever kind is not read.
    async onRequest(request, reply) {
      const opened = requireSession(request)
      const { tenant, origin } = request.requireSite()
      const { owner, relyingParty } = of(tenant)
      const current = await refresher.refreshNow(owner, opened, relyingParty)
      if (current === undefined) throw ended(reply, origin, pathPrefix)
      await sessions.touch(owner, current)
      return describeSession(services, request, reply, current)
    },
    handler: async () => undefined,
  })
}

async function describeSession(
  { sessions, of, now, pathPrefix }: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { session }: OpenSession,
): Promise<FastifyReply> {
  const { tenant, origin } = request.requireSite()
  const { owner } = of(tenant)
  const idleLeft = await sessions.idleLeft(owner, session.id)
  if (idleLeft === undefined) throw ended(reply, origin, pathPrefix)
  const { identity, tokens } = session
  const shown = SHOWN_CLAIMS.flatMap((name) => {
    const claim = identity.claims[name]
    return typeof claim === 'string' ? [[name, claim]] : []
  })
  return reply.header('cache-control', 'no-store').send({
    tenant: tenant.id,
    sub: identity.sub,
    ...Object.fromEntries(shown),
    created_at: timestamp(session.created_at),
    ends_at: timestamp(session.created_at + owner.lifetimes.max_lifetime),
    idle_ends_at: timestamp(now() + idleLeft),
    tokens: {
      refreshed_at: timestamp(session.refreshed_at),
      expires_at: tokens.expires_at === undefined ? null : timestamp(tokens.expires_at),
      refreshable: tokens.refresh_token !== undefined,
    },
  })
}

function ended(reply: FastifyReply, origin: string, pathPrefix: string): DoorwardError {
  reply.changeCookies(origin, [{ name: cookieNames(origin).session, value: undefined }])
  return loginRequired(origin, pathPrefix)
}

/** RFC 3339. */
const timestamp = (milliseconds: number): string => new Date(milliseconds).toISOString()
