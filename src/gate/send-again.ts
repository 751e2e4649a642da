import type { Dispatcher } from 'undici'
import type { Call } from './connection.js'

/** RFC 9110 §9.2.2: sending one of these twice does what sending it once does. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

const LOSSES = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

const isLoss = (error: Error): boolean => 'code' in error && LOSSES.has(String(error.code))

/** Whether a request may be sent a second time at all: its body would be gone. */
export const isRepeatable = ({ method, body }: Call): boolean => body === null && IDEMPOTENT.has(method)

/**
 * Counts a request on its connection, and sends it again, where `again` is given, when its connection turns out to be stale (RFC 9112 §9.3.1): it has carried requests before,
 * and it is lost without a byte of an answer. An upstream that loses a new connection means it.
 */
export function sendAgain(
  call: Call,
  handler: Dispatcher.DispatchHandler,
  again: (() => void) | undefined,
): Dispatcher.DispatchHandler {
  let isUsed = false
  let isAnswered = false
  return {
    ...handler,
    onRequestStart(controller, context) {
      isUsed = call.connection?.count() ?? false
      handler.onRequestStart?.(controller, context)
    },
    onResponseStarted() {
      isAnswered = true
    },
    onResponseError(controller, error) {
      // Only what was started has a controller.
      const isStale = isUsed && !isAnswered && !controller.aborted && isLoss(error)
      if (isStale && again !== undefined) again()
      else handler.onResponseError?.(controller, error)
    },
  }
}
