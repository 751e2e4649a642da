import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../services.js'
import { forwardHttp, type HttpWays } from './forward-http.js'
import { forwardWebSocket, type WebSocketWays } from './forward-websocket.js'
import { createUpstreamHeaders } from './upstream-headers.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

/** The last hook of the gate: it gives the request to the upstream, and answers or fails; nothing comes behind it. */
export function forward(services: Services, ways: HttpWays & WebSocketWays) {
  const headersOf = createUpstreamHeaders(services)
  const asHttp = forwardHttp(services, headersOf, ways)
  const asWebSocket = forwardWebSocket(services, headersOf, ways)
  // With a callback, and not called: a promise would be waited for, and the route's handler run.
  return function forward(request: FastifyRequest, reply: FastifyReply, _done: () => void): void {
    if (isWebSocketUpgrade(request.raw)) asWebSocket(request, reply)
    else asHttp(request, reply)
  }
}
