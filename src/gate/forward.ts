import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../services.js'
import type { EventStreams } from './event-streams.js'
import { forwardHttp } from './forward-http.js'
import { forwardWebSocket } from './forward-websocket.js'
import type { Depart } from './leave-together.js'
import type { UpstreamConnections } from './upstream-connections.js'
import { createUpstreamHeaders } from './upstream-headers.js'
import type { WebSocketRelays } from './websocket-relays.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

interface Ways {
  readonly connections: UpstreamConnections
  readonly relays: WebSocketRelays
  readonly streams: EventStreams
  readonly depart: Depart
}

/** The last hook of the gate: it gives the request to the upstream, and answers or fails; nothing comes behind it. */
export function forward(services: Services, ways: Ways) {
  const headersOf = createUpstreamHeaders(services)
  const asHttp = forwardHttp(services, headersOf, ways)
  const asWebSocket = forwardWebSocket(services, headersOf, ways)
  // With a callback, and not called: a promise would be waited for, and the route's handler run.
  return function forward(request: FastifyRequest, reply: FastifyReply, _done: () => void): void {
    if (isWebSocketUpgrade(request.raw)) asWebSocket(request, reply)
    else asHttp(request, reply)
  }
}
