import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DoorwardError } from '../errors.js'
import type { Services } from '../services.js'
import type { SessionSummary } from '../session/sessions.js'
import type { Tenant } from '../tenant/tenant.js'

interface AdminApiOptions {
  readonly services: Services
}

/** `/api` of the admin listener: tenants, and the sessions of a person. It returns no token and no secret. */
export async function adminApi(app: FastifyInstance, { services }: AdminApiOptions): Promise<void> {
  const { current, sessions, of, now, audit, observer } = services

  // Nothing is read of a body: clients name a type for the one that they do not send.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async () => undefined)
  app.addHook('onRequest', async (request, reply) => {
    const { adminToken: token } = current()
    if (token === undefined) {
      throw new DoorwardError('not_found', { reason: 'set admin.token to use the session API' })
    }
    if (!isSame(bearerToken(request), token.reveal())) {
      reply.header('www-authenticate', 'Bearer')
      throw new DoorwardError('invalid_admin_token', {
        reason: 'the admin API was called without its token',
        publicFields: { detail: 'send admin.token of the configuration as "Authorization: Bearer"' },
      })
    }
    reply.header('cache-control', 'no-store')
  })

  async function find(request: FastifyRequest): Promise<{ tenant: Tenant; found: SessionSummary[] }> {
    const { tenant: id, user } = request.query as { tenant?: unknown; user?: unknown }
    if (typeof id !== 'string' || typeof user !== 'string' || user === '') {
      throw refusal('malformed_request', 'name one tenant and one user (sub or mail address)')
    }
    const tenant = requireTenant(id)
    const { owner } = of(tenant)
    const [bySub, byEmail] = await Promise.all([
      sessions.find(owner, { sub: user }),
      sessions.find(owner, { email: user }),
    ])
    return { tenant, found: [...new Map([...bySub, ...byEmail].map((one) => [one.id, one])).values()] }
  }

  function requireTenant(id: string): Tenant {
    const tenant = current().registry.tenants.find((candidate) => candidate.id === id)
    if (tenant === undefined) throw refusal('not_found', 'no tenant has this id')
    return tenant
  }

  async function end(tenant: Tenant, id: string, request: FastifyRequest): Promise<boolean> {
    const existed = await sessions.endById(of(tenant).owner, id)
    if (existed) {
      observer.sessionEnded(tenant.id, 'admin')
      audit('session.ended', {
        tenant: tenant.id,
        session: id,
        reason: 'ended by an operator',
        request_id: request.id,
      })
    }
    return existed
  }

  app.get('/tenants', async () => ({
    tenants: current().registry.tenants.map(({ id, config: { origins, issuer, client_id } }) => ({
      id,
      origins,
      issuer,
      client_id,
    })),
  }))

  app.get('/sessions', async (request) => {
    const { tenant, found } = await find(request)
    return {
      sessions: found.map(({ id, idle_left }) => ({
        id: `${tenant.id}.${id}`,
        tenant: tenant.id,
        // As the log names it.
        session: id,
        idle_ends_at: new Date(now() + idle_left).toISOString(),
      })),
    }
  })

  app.delete('/sessions', async (request) => {
    const { tenant, found } = await find(request)
    const ended = await Promise.all(found.map(({ id }) => end(tenant, id, request)))
    const count = ended.filter(Boolean).length
    observer.signedOut(tenant.id, 'admin', count > 0 ? 'done' : 'nobody')
    return { ended: count }
  })

  app.delete('/sessions/:id', async (request, reply: FastifyReply) => {
    const { id } = request.params as { id: string }
    const [tenantId = '', sessionId = '', ...rest] = id.split('.')
    const ended = rest.length === 0 && (await end(requireTenant(tenantId), sessionId, request))
    if (!ended) throw refusal('not_found', 'no session has this id')
    observer.signedOut(tenantId, 'admin', 'done')
    return reply.send({ ended: 1 })
  })
}

// Whoever calls the API is an operator, and may be told what to do otherwise.
const refusal = (code: 'malformed_request' | 'not_found', detail: string): DoorwardError =>
  new DoorwardError(code, { reason: detail, publicFields: { detail } })

function bearerToken({ headers }: FastifyRequest): string {
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  return token
}

// Hashed, so that neither length nor content can be told by the time it takes.
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
