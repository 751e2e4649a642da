import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { DoorwardError } from '../errors.js'
import { answerHeaders } from './answer-headers.js'

/** Who may answer when. */
export interface Turns {
  /** Called when the head of the answer is ready to leave; from then on nobody else may answer. */
  begin(): void
  /** Called when the upstream failed before that. */
  refuse(error: Error): void
  /** Called when the upstream has switched protocols; may throw to refuse. Without it that is an error. */
  upgrade?(rawHeaders: readonly Buffer[], headers: IncomingHttpHeaders, upstream: Duplex): void
}

type Controller = Dispatcher.DispatchController

/**
 * Streams the answer of an upstream into a response: head, body with back-pressure, trailers, and its breaking off. What
 * Doorward itself has to say to the browser, `own`, goes with the head.
 */
export class RelayedAnswer implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse
  readonly #turns: Turns
  readonly #own: readonly string[] | null
  #isBegun = false
  /** Whether anything has been given to the socket. */
  #isSent = false
  /** A small body that came along with the head leaves in one packet with it. */
  #first: Buffer | undefined
  #isFull = false

  constructor(response: ServerResponse, turns: Turns, own: readonly string[] | null) {
    this.#response = response
    this.#turns = turns
    this.#own = own
  }

  onRequestStart(controller: Controller): void {
    const response = this.#response
    // Whoever asked is gone: the upstream may stop as well.
    const leave = () => controller.abort(new Error('the client went away'))
    if (response.destroyed) leave()
    else {
      response.once('close', () => {
        if (!response.writableFinished) leave()
      })
    }
  }

  onRequestUpgrade(
    controller: Controller,
    _status: number,
    headers: IncomingHttpHeaders,
    upstream: Duplex,
  ): void {
    this.#turns.upgrade?.(controller.rawHeaders as Buffer[], headers, upstream)
  }

  onResponseStart(controller: Controller, status: number): void {
    if (status === 101) {
      // RFC 9110 §15.2.2: it has to say to what; and nothing that follows could be understood.
      controller.abort(new DoorwardError('upstream_unreachable', { reason: 'upstream: 101 to nothing' }))
      return
    }
    // RFC 9110 §15.2: a proxy may drop interim answers. Undici fails on a 100 that nobody asked for.
    if (status < 200) return
    const response = this.#response
    const headers = answerHeaders(controller.rawHeaders as Buffer[])
    if (this.#own !== null) headers.push(...this.#own)
    // An upload that is still under way when the answer begins leaves the connection in an unknown state.
    if (!response.req.complete) headers.push('Connection', 'close')
    writeHead(response, status, headers)
    this.#isBegun = true
    this.#turns.begin()
    // An event stream's head does not wait for its first event.
    queueMicrotask(() => this.#send(controller))
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (!this.#isSent && this.#first === undefined) {
      this.#first = chunk
      return
    }
    this.#send(controller)
    this.#write(controller, chunk)
  }

  onResponseEnd(_controller: Controller, trailers: IncomingHttpHeaders): void {
    const response = this.#response
    if (Object.keys(trailers).length > 0) response.addTrailers(trailers as OutgoingHttpHeaders)
    if (this.#isSent) response.end()
    else response.end(this.#first)
    this.#isSent = true
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#isSent = true
    // A broken answer must not look like a complete one.
    if (this.#isBegun) this.#response.destroy(error)
    else this.#turns.refuse(error)
  }

  #send(controller: Controller): void {
    if (this.#isSent) return
    this.#isSent = true
    // Not `flushHeaders`, which would write latin1 headers as UTF-8.
    if (this.#first === undefined) this.#response.write('', 'latin1')
    else this.#write(controller, this.#first)
    this.#first = undefined
  }

  #write(controller: Controller, chunk: Buffer): void {
    if (this.#response.write(chunk) || this.#isFull) return
    this.#isFull = true
    controller.pause()
    this.#response.once('drain', () => {
      this.#isFull = false
      controller.resume()
    })
  }
}

// The reason phrase means nothing (RFC 9110 §15) and may hold bytes that Node refuses, so Node's own is sent.
function writeHead(response: ServerResponse, status: number, headers: string[]): void {
  try {
    response.writeHead(status, headers)
  } catch (error) {
    // What was begun must not show in the answer that takes its place.
    response.statusMessage = ''
    throw error
  }
}
