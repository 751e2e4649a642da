import type { FastifyInstance } from 'fastify'
import type { RouteOptions } from './index.js'

/** Seconds, much less than a key is published before it signs. */
const CACHE_SECONDS = 300

/**
 * `GET jwks`: the public keys of this tenant (RFC 7517 §5). With those of its client, where it has any, the provider
 * verifies the client; with those of its identity assertions, where its headers name them, the upstream verifies these.
 */
export function jwks(app: FastifyInstance, { services }: RouteOptions): void {
  app.get('/jwks', async (request, reply) => {
    const { clientKeys, assertions } = services.of(request.requireSite().tenant)
    const sets = await Promise.all([clientKeys.published(), assertions?.publishedKeys() ?? []])
    return reply
      .header('cache-control', `public, max-age=${CACHE_SECONDS}`)
      .type('application/jwk-set+json')
      .send(JSON.stringify({ keys: sets.flat() }))
  })
}
