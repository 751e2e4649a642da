import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { DoorwardError } from '../errors.js'
import { answerHeaders, headerLines } from './answer-headers.js'
import { relayInterimAnswer } from './interim-answer.js'
import type { Depart, Departure } from './leave-together.js'
import type { AnswerHandler, Exchange } from './send-again.js'

const BODILESS: ReadonlySet<number> = new Set([204, 304])

/** Who may answer when. */
export interface Turns {
  /**
   * Called with its status when the head of the answer is ready to leave, and without one when nobody waits for it any
   * more; from then on nobody else may answer.
   */
  begin(status: number | undefined): void
  /** Called when the upstream failed before that. */
  refuse(error: Error): void
  /** Called when the upstream has switched protocols; may throw to refuse. Without it that is an error. */
  upgrade?(rawHeaders: readonly Buffer[], upstream: Duplex): void
}

interface Relay {
  readonly turns: Turns
  readonly depart: Depart
  /** Header names and values that Doorward itself has to say to the browser, in turn. */
  readonly own: readonly string[] | null
}

/** Streams the answer of an upstream into a response: head, body with back-pressure, trailers, and its breaking off. */
export class RelayedAnswer implements AnswerHandler, Departure {
  readonly #response: ServerResponse
  readonly #turns: Turns
  readonly #depart: Depart
  readonly #own: readonly string[] | null
  #isBegun = false
  /** Whether anything has been given to the socket. */
  #isSent = false
  /** A small body that came along with the head leaves in one packet with it. */
  #first: Buffer | undefined
  #isFull = false

  constructor(response: ServerResponse, { turns, depart, own }: Relay) {
    this.#response = response
    this.#turns = turns
    this.#depart = depart
    this.#own = own
  }

  onRequestStart(exchange: Exchange): void {
    const response = this.#response
    // Whoever asked is gone: the upstream may stop as well.
    const leave = () => exchange.abort(new Error('the client went away'))
    if (response.destroyed) leave()
    else {
      response.once('close', () => {
        if (!response.writableFinished) leave()
      })
    }
  }

  onRequestUpgrade({ rawHeaders }: Exchange, upstream: Duplex): void {
    this.#turns.upgrade?.(rawHeaders, upstream)
  }

  onResponseStart(exchange: Exchange, status: number): void {
    if (status === 101) {
      // RFC 9110 §15.2.2: it has to say to what; and nothing that follows could be understood.
      exchange.abort(new DoorwardError('upstream_unreachable', { reason: 'upstream: 101 to nothing' }))
      return
    }
    const response = this.#response
    const { rawHeaders } = exchange
    if (status < 200) {
      // RFC 9110 §15.2: a proxy passes these on. Undici fails on a 100 that nobody asked for.
      relayInterimAnswer(response, status, rawHeaders)
      return
    }
    const headers = answerHeaders(status, rawHeaders)
    if (this.#own !== null) headers.push(...this.#own)
    // An upload that is still under way when the answer begins leaves the connection in an unknown state.
    if (!response.req.complete) headers.push('Connection', 'close')
    writeHead(response, status, headers)
    this.#isBegun = true
    this.#turns.begin(status)
    // An event stream's head does not wait for its first event.
    queueMicrotask(() => this.#send(exchange))
  }

  onResponseData(exchange: Exchange, chunk: Buffer): void {
    if (!this.#isSent && this.#first === undefined) {
      this.#first = chunk
      return
    }
    this.#send(exchange)
    this.#write(exchange, chunk)
  }

  onResponseEnd(exchange: Exchange): void {
    const response = this.#response
    if (exchange.rawTrailers.length > 0) response.addTrailers(headerLines(exchange.rawTrailers))
    if (this.#isSent) response.end()
    else this.#depart(this)
    this.#isSent = true
  }

  /** Sends a whole answer that has come in one piece; Node drops it in silence where the client has left. */
  leave(): void {
    this.#response.end(this.#first)
  }

  onResponseError(_exchange: Exchange, error: Error): void {
    const response = this.#response
    if (!this.#isBegun) {
      this.#turns.refuse(error)
      return
    }
    this.#isSent = true
    // RFC 9110 §15.4.5: a length in such an answer is of another one; undici waits for a body all the same.
    if (BODILESS.has(response.statusCode)) {
      response.end()
      return
    }
    // A broken answer must not look like a complete one; in HTTP/1.0 the end of the connection is that of a body.
    if (response.req.httpVersion === '1.0') response.socket?.resetAndDestroy()
    response.destroy(error)
  }

  #send(exchange: Exchange): void {
    if (this.#isSent) return
    this.#isSent = true
    // Not `flushHeaders`, which would write latin1 headers as UTF-8.
    if (this.#first === undefined) this.#response.write('', 'latin1')
    else this.#write(exchange, this.#first)
    this.#first = undefined
  }

  #write(exchange: Exchange, chunk: Buffer): void {
    if (this.#response.write(chunk) || this.#isFull) return
    this.#isFull = true
    exchange.pause()
    this.#response.once('drain', () => {
      this.#isFull = false
      exchange.resume()
    })
  }
}

// The reason phrase means nothing (RFC 9110 §15) and may hold bytes that Node refuses, so Node's own is sent.
function writeHead(response: ServerResponse, status: number, headers: string[]): void {
  try {
    if (response.getHeaderNames().length === 0) response.writeHead(status, headers)
    else writeBeside(response, status, headers)
  } catch (error) {
    // What was begun must not show in the answer that takes its place.
    response.statusMessage = ''
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    throw error
  }
}

// Fastify sets `Connection` when it closes; beside what is set, Node keeps only the last of a list's headers of one name.
function writeBeside(response: ServerResponse, status: number, headers: readonly string[]): void {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    response.appendHeader(headers[index] as string, headers[index + 1] as string)
  }
  response.writeHead(status)
}
