import type { IncomingMessage, ServerResponse } from 'node:http'
import { util } from 'undici'
import type { AnswerHandler, Exchange } from './send-again.js'

/** The longest end of a line and an empty line after it. */
const END = 3

/**
 * Whether this may become an event stream (server-sent events): as browsers ask for one, again and again. What is
 * asked for with another method is work that comes to an end.
 */
export const asksForEvents = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && (headers.accept?.includes('text/event-stream') ?? false)

/** An answer that can be ended early where it is an event stream. */
export interface EventStream {
  readonly handler: AnswerHandler
  /** Ends it as soon as no event is under way. */
  end(): void
}

/** Has a handler answer, and watches for where events end. */
export function createEventStream(response: ServerResponse, handler: AnswerHandler): EventStream {
  let stream: Exchange | undefined
  let tail = ''
  let isWanted = false
  let isOver = false
  const endBetween = () => {
    if (!isWanted || isOver || stream === undefined || !isBetween(tail)) return
    isOver = true
    // A browser asks again, and is to do so elsewhere.
    const { socket } = response
    response.once('finish', () => socket?.destroySoon())
    handler.onResponseEnd(stream)
    stream.abort(new Error('Doorward is stopping'))
  }
  return {
    handler: {
      onRequestStart(exchange) {
        handler.onRequestStart(exchange)
      },
      onResponseStart(exchange, status) {
        handler.onResponseStart(exchange, status)
        if (status >= 200 && isEvents(exchange)) stream = exchange
        endBetween()
      },
      onResponseData(exchange, chunk) {
        if (isOver) return
        handler.onResponseData(exchange, chunk)
        tail = `${tail}${chunk.toString('latin1', Math.max(0, chunk.length - END))}`.slice(-END)
        endBetween()
      },
      onResponseEnd(exchange) {
        isOver = true
        handler.onResponseEnd(exchange)
      },
      onResponseError(exchange, error) {
        if (!isOver) handler.onResponseError(exchange, error)
      },
    },
    end() {
      isWanted = true
      endBetween()
    },
  }
}

// In one that is compressed nobody can tell the events apart.
function isEvents({ rawHeaders }: Exchange): boolean {
  const { 'content-type': type, 'content-encoding': coding } = util.parseHeaders([...rawHeaders])
  return (type?.toString().startsWith('text/event-stream') ?? false) && coding === undefined
}

// https://html.spec.whatwg.org/multipage/server-sent-events.html: a blank line ends an event, in either of three ways.
const isBetween = (tail: string): boolean => tail === '' || /(?:\n(?:\r\n|\n|\r)|\r(?:\r\n|\r))$/.test(tail)
