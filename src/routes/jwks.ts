import type { FastifyInstance } from 'fastify'
import type { RouteOptions } from './index.js'

/** Seconds, far less than a key is published before it signs. */
const CACHE_SECONDS = 300

/**
 * `GET jwks`: the public keys of this tenant's client (RFC 7517 §5), for the provider to verify what it signs; none
 * where it has a secret.
 */
export function jwks(app: FastifyInstance, { services }: RouteOptions): void {
  app.get('/jwks', async (request, reply) => {
    const { clientKeys } = services.of(request.requireSite().tenant)
    return reply
      .header('cache-control', `public, max-age=${CACHE_SECONDS}`)
      .type('application/jwk-set+json')
      .send(JSON.stringify({ keys: await clientKeys.published() }))
  })
}
