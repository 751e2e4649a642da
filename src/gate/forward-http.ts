import type { FastifyReply, FastifyRequest } from 'fastify'
import { Agent, type Dispatcher } from 'undici'
import { requestBody } from '../request-body.js'
import type { Services } from '../services.js'
import { relayAnswer } from './relay-answer.js'
import { toUpstreamError } from './upstream-error.js'
import { upstreamHeaders } from './upstream-headers.js'
import { upstreamOf } from './upstream-of.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

/** Milliseconds until an upstream that does not answer is given up: to connect, and to begin its answer. */
const CONNECT_TIMEOUT = 10_000
const RESPONSE_TIMEOUT = 60_000

/** Connections to the upstreams: kept alive, one request at a time each, a body for as long as it flows. */
export const createUpstreamAgent = (): Agent =>
  new Agent({
    connect: { timeout: CONNECT_TIMEOUT },
    headersTimeout: RESPONSE_TIMEOUT,
    bodyTimeout: 0,
    pipelining: 1,
  })

/**
 * Sends the request to the upstream and streams the answer back, both byte for byte and with back-pressure.
 * It rejects only while nothing of the answer has been sent, so that the error handler can still speak.
 */
export const forwardHttp = (services: Services, agent: Dispatcher) =>
  async function forwardHttp(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { raw } = request
    if (isWebSocketUpgrade(raw)) return
    const options: Dispatcher.DispatchOptions = {
      origin: upstreamOf(request),
      path: raw.url ?? '/',
      method: (raw.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: upstreamHeaders(services, request),
      body: hasBody(request) ? requestBody(raw, reply.raw, services.limits) : null,
    }
    await new Promise<void>((resolve, reject) => {
      const handOver = () => {
        reply.hijack()
        resolve()
      }
      // Who left while the session was read waits for nothing; and nobody is to blame for it in the log.
      if (reply.raw.destroyed) return handOver()
      const refuse = (error: Error) => (reply.raw.destroyed ? handOver() : reject(toUpstreamError(error)))
      agent.dispatch(options, relayAnswer(reply.raw, { begin: handOver, refuse }))
    })
  }

function hasBody({ headers }: FastifyRequest): boolean {
  // A coding that is not chunked has been refused; Node undoes the chunks.
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
