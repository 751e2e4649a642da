import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { clientNames } from '../oidc/client-identity.js'
import type { Services } from '../services.js'
import type { Site, Tenant } from '../tenant/tenant.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

/** A stream that may stay open for days, and the site where it was opened. */
interface OpenStream {
  readonly site: Site
  readonly socket: Socket
  readonly isSignedIn: boolean
}

/**
 * Closes WebSockets and event streams when another configuration takes away what they were opened under: the tenant,
 * its hostname, or for those of a session its client at the provider. A changed rule counts from the next request on.
 */
export function endWithTenant({ current, onApply }: Services) {
  const streams = new Set<OpenStream>()
  onApply(() => {
    for (const stream of streams) if (isOver(stream)) stream.socket.destroy()
  })

  function isOver({ site, isSignedIn }: OpenStream): boolean {
    const now = current().registry.resolve(new URL(site.origin).hostname)
    if (now === site) return false
    if (now?.tenant.id !== site.tenant.id) return true
    return isSignedIn && !isStillClient(now.tenant, site.tenant)
  }

  return function endWithTenant(request: FastifyRequest, reply: FastifyReply): undefined {
    const { raw, opened } = request
    const isUpgrade = isWebSocketUpgrade(raw)
    const isStream = raw.headers.accept?.includes('text/event-stream') ?? false
    const { socket } = raw
    // Who has left already would stay for ever: nothing more is heard of the connection.
    if (!(isUpgrade || isStream) || reply.raw.destroyed || socket.destroyed) return
    const stream = { site: request.requireSite(), socket, isSignedIn: opened !== null }
    streams.add(stream)
    // After a stream the connection may serve other requests; after an upgrade it is the WebSocket.
    const connection = isUpgrade ? socket : reply.raw
    connection.once('close', () => streams.delete(stream))
    // The configuration may have changed while the request was on its way here.
    if (isOver(stream)) socket.destroy()
  }
}

const isStillClient = (now: Tenant, then: Tenant): boolean => {
  const [name] = clientNames(then.config)
  return clientNames(now.config).some((known) => known === name)
}
