import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Call, Connection } from './connection.js'

/** RFC 9110 §9.2.2: sending one of these twice does what sending it once does. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

const LOSSES = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

const isLoss = (error: Error): boolean => 'code' in error && LOSSES.has(String(error.code))

/** Whether a request may be sent a second time at all: its body would be gone. */
export const isRepeatable = ({ method, body }: Call): boolean => body === null && IDEMPOTENT.has(method)

/** An exchange with an upstream, for whom it is told to; headers are names and values in turn, latin1. */
export interface Exchange {
  /** Of the answer, or of the interim answer, that has begun. */
  readonly rawHeaders: readonly Buffer[]
  readonly rawTrailers: readonly Buffer[]
  abort(reason: Error): void
  /** Has the upstream wait until `resume`. */
  pause(): void
  resume(): void
}

/** What is told of an exchange. */
export interface AnswerHandler {
  /** It is about to be sent; again, where it is sent a second time. */
  onRequestStart(exchange: Exchange): void
  /** The upstream has switched protocols. Without it that is an error. */
  onRequestUpgrade?(exchange: Exchange, upstream: Duplex): void
  onResponseStart(exchange: Exchange, status: number): void
  onResponseData(exchange: Exchange, chunk: Buffer): void
  onResponseEnd(exchange: Exchange): void
  /** Nothing comes after it. */
  onResponseError(exchange: Exchange, error: Error): void
}

/**
 * One try of a request. Where `again` is given, it has the request sent again when its connection turns out to be stale
 * (RFC 9112 §9.3.1): it has carried requests before, and it is lost without a byte of an answer. An upstream that loses
 * a new connection means it.
 *
 * It speaks undici's older interface: for each request the newer one makes two objects more, and parses headers that
 * are passed on as they are.
 */
export class Attempt implements Dispatcher.DispatchHandler, Exchange {
  readonly #handler: AnswerHandler
  readonly #connection: Connection
  readonly #again: (() => void) | undefined
  #isUsed = false
  #isAnswered = false
  #isAborted = false
  #isPaused = false
  #abort: ((reason: Error) => void) | undefined
  #resume: (() => void) | undefined
  rawHeaders: Buffer[] = []
  rawTrailers: Buffer[] = []

  constructor(handler: AnswerHandler, connection: Connection, again: (() => void) | undefined) {
    this.#handler = handler
    this.#connection = connection
    this.#again = again
  }

  abort(reason: Error): void {
    if (this.#isAborted) return
    this.#isAborted = true
    this.#abort?.(reason)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#resume?.()
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort
    this.#isUsed = this.#connection.isUsed
    this.#handler.onRequestStart(this)
  }

  onResponseStarted(): void {
    this.#isAnswered = true
  }

  onUpgrade(_status: number, headers: Buffer[] | string[] | null, upstream: Duplex): void {
    this.rawHeaders = (headers ?? []) as Buffer[]
    this.#handler.onRequestUpgrade?.(this, upstream)
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean {
    this.#resume = resume
    this.rawHeaders = headers
    this.#handler.onResponseStart(this, status)
    return !this.#isPaused
  }

  onData(chunk: Buffer): boolean {
    this.#handler.onResponseData(this, chunk)
    return !this.#isPaused
  }

  onComplete(trailers: Buffer[] | string[] | null): void {
    this.rawTrailers = (trailers ?? []) as Buffer[]
    this.#handler.onResponseEnd(this)
  }

  onError(error: Error): void {
    const isStale = this.#isUsed && !this.#isAnswered && !this.#isAborted && isLoss(error)
    if (isStale && this.#again !== undefined) this.#again()
    else this.#handler.onResponseError(this, error)
  }
}
