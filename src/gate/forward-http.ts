import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Agent, type Dispatcher } from 'undici'
import type { Services } from '../services.js'
import { toUpstreamError } from './upstream-error.js'
import { upstreamHeaders } from './upstream-headers.js'
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
    const { upstream } = request.requireSite().tenant.config
    const options: Dispatcher.DispatchOptions = {
      origin: upstream.url,
      path: raw.url ?? '/',
      method: (raw.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: upstreamHeaders(services, request),
      body: hasBody(request) ? raw : null,
    }
    await new Promise<void>((resolve, reject) => {
      const begin = () => {
        reply.hijack()
        resolve()
      }
      agent.dispatch(
        options,
        answerHandler(reply.raw, begin, (error) => reject(toUpstreamError(error))),
      )
    })
  }

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

function answerHandler(
  response: ServerResponse,
  begin: () => void,
  refuse: (error: Error) => void,
): Dispatcher.DispatchHandler {
  let begun = false
  let bodyBegun = false
  return {
    onRequestStart(controller) {
      // Whoever asked is gone: the upstream may stop as well.
      response.once('close', () => {
        if (!response.writableFinished) controller.abort(new Error('the client went away'))
      })
    },
    onResponseStart(controller, status, _headers, statusMessage) {
      // RFC 9110 §15.2: a proxy may drop interim answers; Node has answered 100-continue by itself.
      if (status < 200) return
      const headers = answerHeaders(controller.rawHeaders as Buffer[])
      // An upload that is still under way when the answer begins leaves the connection in an unknown state.
      if (!response.req.complete) headers.push('Connection', 'close')
      // Throws for a head that HTTP does not allow; then nothing has been sent, and it is a 502.
      response.writeHead(status, statusMessage, headers)
      begun = true
      begin()
      response.on('drain', () => controller.resume())
      // A small body that came along leaves in one packet with the head; an event stream's head does not wait for it.
      setImmediate(() => {
        if (!bodyBegun && !response.writableEnded) response.flushHeaders()
      })
    },
    onResponseData(controller, chunk) {
      bodyBegun = true
      if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd(_controller, trailers) {
      if (Object.keys(trailers).length > 0) response.addTrailers(trailers as Record<string, string>)
      response.end()
    },
    onResponseError(_controller, error) {
      // A broken answer must not look like a complete one.
      if (begun) response.destroy(error)
      else refuse(error)
    },
  }
}

// RFC 9110 §7.6.1: these concern the connection to the upstream; Node writes its own.
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

function answerHeaders(raw: readonly Buffer[]): string[] {
  const headers: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] as Buffer).toString('latin1')
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, (raw[index + 1] as Buffer).toString('latin1'))
  }
  return headers
}
