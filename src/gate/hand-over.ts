import type { FastifyReply } from 'fastify'
import type { Observer } from '../observer.js'
import { countForwarded } from './count-forwarded.js'
import type { Turns } from './relay-answer.js'
import { toUpstreamError } from './upstream-error.js'

/**
 * The turns of an exchange with the upstream: when its answer is under way, Fastify has no part in it any more; what
 * fails before that, the error handler answers.
 */
export const handOver = (observer: Observer, reply: FastifyReply): Turns => ({
  begin(status) {
    reply.hijack()
    countForwarded(observer, reply.request, status)
  },
  refuse(error) {
    // Who has left waits for nothing; and nobody is to blame for it in the log.
    if (reply.raw.destroyed) this.begin(undefined)
    else reply.send(toUpstreamError(error))
  },
})
