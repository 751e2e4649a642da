import type { FastifyReply, FastifyRequest } from 'fastify'
import { requestBody } from '../request-body.js'
import type { Services } from '../services.js'
import { asksForEvents } from './event-stream.js'
import type { EventStreams } from './event-streams.js'
import { handOver } from './hand-over.js'
import type { Depart } from './leave-together.js'
import { RelayedAnswer } from './relay-answer.js'
import type { UpstreamConnections } from './upstream-connections.js'
import type { UpstreamHeaders } from './upstream-headers.js'
import { upstreamOf } from './upstream-of.js'

/** What plain requests need on their way. */
export interface HttpWays {
  readonly connections: UpstreamConnections
  readonly streams: EventStreams
  readonly depart: Depart
}

/** Sends the request to the upstream and streams the answer back, both byte for byte and with back-pressure. */
export const forwardHttp = (
  services: Services,
  headersOf: UpstreamHeaders,
  { connections, streams, depart }: HttpWays,
) =>
  function forwardHttp(request: FastifyRequest, reply: FastifyReply): void {
    const { raw } = request
    const turns = handOver(services.observer, reply)
    // Who left while the session was read waits for nothing.
    if (reply.raw.destroyed) {
      turns.begin(undefined)
      return
    }
    const outgoing = {
      path: raw.url ?? '/',
      method: raw.method ?? 'GET',
      headers: headersOf(request),
      body: hasBody(request) ? requestBody(raw, reply.raw, services.limits) : null,
      upgrade: null,
    }
    const answer = new RelayedAnswer(reply.raw, { turns, depart, own: reply.cookieHeaders })
    const handler = asksForEvents(raw) ? streams.open(reply.raw, answer) : answer
    const leave = () => {
      request.sentAt = performance.now()
      try {
        connections.send(upstreamOf(request), outgoing, handler)
      } catch (error) {
        turns.refuse(error as Error)
      }
    }
    depart({ leave })
  }

function hasBody({ headers }: FastifyRequest): boolean {
  // A coding that is not chunked has been refused; Node undoes the chunks.
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
