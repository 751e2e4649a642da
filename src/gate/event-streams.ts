import type { ServerResponse } from 'node:http'
import { createEventStream } from './event-stream.js'
import type { AnswerHandler } from './send-again.js'

/** The event streams that are open. */
export interface EventStreams {
  /** Returns a handler that answers as this one does, and lets the stream be ended. */
  open(response: ServerResponse, handler: AnswerHandler): AnswerHandler
  /** Ends all of them, each behind a whole event, also those that are yet to come: browsers ask again, elsewhere. */
  close(): void
}

/** Builds the event streams. */
export function createEventStreams(): EventStreams {
  const open = new Set<{ end(): void }>()
  let isClosing = false
  return {
    open(response, handler) {
      const stream = createEventStream(response, handler)
      if (isClosing) stream.end()
      open.add(stream)
      response.once('close', () => open.delete(stream))
      return stream.handler
    },
    close() {
      isClosing = true
      for (const stream of open) stream.end()
    },
  }
}
