import type { FastifyReply } from 'fastify'
import type { Turns } from './relay-answer.js'
import { toUpstreamError } from './upstream-error.js'

/**
 * The turns of an exchange with the upstream: when its answer is under way, Fastify has no part in it any more; what
 * fails before that, the error handler answers.
 */
export const handOver = (reply: FastifyReply): Turns => ({
  begin() {
    reply.hijack()
  },
  refuse(error) {
    // Who has left waits for nothing; and nobody is to blame for it in the log.
    if (reply.raw.destroyed) reply.hijack()
    else reply.send(toUpstreamError(error))
  },
})
