import type { FastifyReply, FastifyRequest } from 'fastify'
import { DoorwardError } from '../errors.js'
import type { Services } from '../services.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

/**
 * Refuses what a tenant has under way beyond its share, so that the others keep theirs. A connection counts from the
 * head of a request to the end of its answer: idle ones are nobody's, because a proxy in front shares its own among
 * tenants. Doorward's endpoints are not behind this step, so that nobody's sign-out can be crowded out.
 */
export function limitConnections({ limits }: Services) {
  const { connections_per_tenant: most } = limits
  const underWay = new Map<string, number>()
  const count = (tenant: string, change: 1 | -1) => underWay.set(tenant, (underWay.get(tenant) ?? 0) + change)

  return function limitConnections(request: FastifyRequest, reply: FastifyReply): undefined {
    if (most === undefined) return
    const { id } = request.requireSite().tenant
    if ((underWay.get(id) ?? 0) >= most) {
      throw new DoorwardError('too_many_connections', {
        reason: `${most} connections of this tenant are under way (server.limits.connections_per_tenant)`,
      })
    }
    count(id, 1)
    const connection = isWebSocketUpgrade(request.raw) ? request.raw.socket : reply.raw
    connection.once('close', () => count(id, -1))
  }
}
