import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../services.js'
import { handOver } from './hand-over.js'
import type { Depart } from './leave-together.js'
import { RelayedAnswer, type Turns } from './relay-answer.js'
import type { UpstreamConnections } from './upstream-connections.js'
import type { UpstreamHeaders } from './upstream-headers.js'
import { upstreamOf } from './upstream-of.js'
import { requireHandshake, requireSwitch, switchingHead } from './websocket-handshake.js'
import type { WebSocketRelays } from './websocket-relays.js'
import { noticeLeaving } from './websocket-upgrade.js'

/** What handshakes need on their way. */
export interface WebSocketWays {
  readonly connections: UpstreamConnections
  readonly relays: WebSocketRelays
  readonly depart: Depart
}

/**
 * Asks the upstream for a WebSocket. Only when it has switched does the browser hear of one; whatever else it says is
 * an answer like any other, and the end of the connection.
 */
export const forwardWebSocket = (
  services: Services,
  headersOf: UpstreamHeaders,
  { connections, relays, depart }: WebSocketWays,
) =>
  function forwardWebSocket(request: FastifyRequest, reply: FastifyReply): void {
    const { raw } = request
    const key = requireHandshake(raw)
    const turns = handOver(services.observer, reply)
    if (reply.raw.destroyed) {
      turns.begin(undefined)
      return
    }
    const outgoing = {
      path: raw.url ?? '/',
      method: 'GET',
      headers: headersOf(request),
      body: null,
      upgrade: 'websocket',
    }
    request.sentAt = performance.now()
    const stopNoticing = noticeLeaving(raw.socket)
    const judged: Turns = {
      begin(status) {
        // An answer like any other may take its time, and Node does not look after this connection.
        reply.raw.prependOnceListener('finish', stopNoticing)
        raw.socket.on('drain', () => reply.raw.emit('drain'))
        turns.begin(status)
      },
      refuse(error) {
        stopNoticing()
        turns.refuse(error)
      },
      upgrade(rawHeaders, upstream) {
        requireSwitch(key, rawHeaders)
        // What is wrong with it can still be answered.
        const head = switchingHead(rawHeaders)
        stopNoticing()
        turns.begin(101)
        relays.open(reply.raw, head, upstream)
      },
    }
    const answer = new RelayedAnswer(reply.raw, { turns: judged, depart, own: reply.cookieHeaders })
    connections.send(upstreamOf(request), outgoing, answer)
  }
