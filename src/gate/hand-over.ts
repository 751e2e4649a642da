import type { FastifyReply } from 'fastify'
import type { Turns } from './relay-answer.js'
import { toUpstreamError } from './upstream-error.js'

/**
 * Runs an exchange with the upstream up to the point where its answer is under way, from when on Fastify has no part
 * in it. It rejects only while nothing of the answer has been sent, so that the error handler can still speak.
 */
export function handOver(reply: FastifyReply, exchange: (turns: Turns) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = () => {
      reply.hijack()
      resolve()
    }
    // Who left while the session was read waits for nothing; and nobody is to blame for it in the log.
    if (reply.raw.destroyed) return begin()
    const refuse = (error: Error) => (reply.raw.destroyed ? begin() : reject(toUpstreamError(error)))
    exchange({ begin, refuse })
  })
}
