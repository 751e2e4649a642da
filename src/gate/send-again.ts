import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Call, Connection } from './connection.js'

/** RFC 9110 §9.2.2: sending one of these twice does what sending it once does. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

const LOSSES = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

const isLoss = (error: Error): boolean => 'code' in error && LOSSES.has(String(error.code))

/** Whether a request may be sent a second time at all: its body would be gone. */
export const isRepeatable = ({ method, body }: Call): boolean => body === null && IDEMPOTENT.has(method)

type Controller = Dispatcher.DispatchController

/** What is told of an exchange with an upstream. */
export type AnswerHandler = Pick<Dispatcher.DispatchHandler, 'onRequestUpgrade'> &
  Required<
    Pick<
      Dispatcher.DispatchHandler,
      'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError'
    >
  >

/**
 * The first try of a request. It has the request sent again when its connection turns out to be stale (RFC 9112
 * §9.3.1): it has carried requests before, and it is lost without a byte of an answer. An upstream that loses a new
 * connection means it.
 */
export class FirstTry implements Dispatcher.DispatchHandler {
  readonly #handler: AnswerHandler
  readonly #connection: Connection
  readonly #again: () => void
  #isUsed = false
  #isAnswered = false

  constructor(handler: AnswerHandler, connection: Connection, again: () => void) {
    this.#handler = handler
    this.#connection = connection
    this.#again = again
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#isUsed = this.#connection.isUsed
    this.#handler.onRequestStart(controller, context)
  }

  onResponseStarted(): void {
    this.#isAnswered = true
  }

  onRequestUpgrade(
    controller: Controller,
    status: number,
    headers: IncomingHttpHeaders,
    upstream: Duplex,
  ): void {
    this.#handler.onRequestUpgrade?.(controller, status, headers, upstream)
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders): void {
    this.#handler.onResponseStart(controller, status, headers)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler.onResponseData(controller, chunk)
  }

  onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void {
    this.#handler.onResponseEnd(controller, trailers)
  }

  onResponseError(controller: Controller, error: Error): void {
    // Only what was started has a controller.
    const isStale = this.#isUsed && !this.#isAnswered && !controller.aborted && isLoss(error)
    if (isStale) this.#again()
    else this.#handler.onResponseError(controller, error)
  }
}
