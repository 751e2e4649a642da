import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { DoorwardError } from '../errors.js'
import { answerHeaders, headerLines } from './answer-headers.js'
import { relayInterimAnswer } from './interim-answer.js'

const BODILESS: ReadonlySet<number> = new Set([204, 304])

/** Who may answer when. */
export interface Turns {
  /** Called when the head of the answer is ready to leave; from then on nobody else may answer. */
  begin(): void
  /** Called when the upstream failed before that. */
  refuse(error: Error): void
}

/**
 * Streams the answer of an upstream into a response: head, body with back-pressure, trailers, and its breaking off. What
 * Doorward itself has to say to the browser, `own`, goes with the head.
 */
export function relayAnswer(
  response: ServerResponse,
  { begin, refuse }: Turns,
  own: readonly string[],
): Dispatcher.DispatchHandler {
  let begun = false
  let bodyBegun = false
  return {
    onRequestStart(controller) {
      // Whoever asked is gone: the upstream may stop as well.
      const leave = () => controller.abort(new Error('the client went away'))
      if (response.destroyed) return leave()
      response.once('close', () => {
        if (!response.writableFinished) leave()
      })
    },
    onResponseStart(controller, status) {
      if (status === 101) {
        // RFC 9110 §15.2.2: it has to say to what; and nothing that follows could be understood.
        return controller.abort(
          new DoorwardError('upstream_unreachable', { reason: 'upstream: 101 to nothing' }),
        )
      }
      // RFC 9110 §15.2: a proxy passes these on. Undici fails on a 100 that nobody asked for.
      if (status < 200) return relayInterimAnswer(response, status, controller.rawHeaders as Buffer[])
      const headers = [...answerHeaders(status, controller.rawHeaders as Buffer[]), ...own]
      // An upload that is still under way when the answer begins leaves the connection in an unknown state.
      if (!response.req.complete) headers.push('Connection', 'close')
      writeHead(response, status, headers)
      begun = true
      begin()
      response.on('drain', () => controller.resume())
      // A small body that came along leaves in one packet with the head; an event stream's head does not wait for it.
      setImmediate(() => {
        // Not `flushHeaders`, which would write latin1 headers as UTF-8.
        if (!bodyBegun && !response.writableEnded) response.write('', 'latin1')
      })
    },
    onResponseData(controller, chunk) {
      bodyBegun = true
      if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd(controller) {
      response.addTrailers(headerLines(controller.rawTrailers as Buffer[]))
      response.end()
    },
    onResponseError(_controller, error) {
      if (!begun) return refuse(error)
      // RFC 9110 §15.4.5: a length in such an answer is of another one; undici waits for a body all the same.
      if (BODILESS.has(response.statusCode)) return void response.end()
      // A broken answer must not look like a complete one; in HTTP/1.0 the end of the connection is that of a body.
      if (response.req.httpVersion === '1.0') response.socket?.resetAndDestroy()
      response.destroy(error)
    },
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
