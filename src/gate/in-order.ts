import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'

/**
 * One step of a request. It returns nothing to let it go on, and a promise only where there is something to wait for; it
 * throws to refuse, and answers to end the way.
 */
export type Step = (request: FastifyRequest, reply: FastifyReply) => undefined | Promise<unknown>

/** A hook that takes requests through steps, without a turn of the event loop's queues for those that need none. */
export function inOrder(steps: readonly Step[]) {
  return function takeSteps(
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void {
    for (let index = 0; index < steps.length; index++) {
      const waiting = (steps[index] as Step)(request, reply)
      if (waiting !== undefined) {
        takeRest(steps, index + 1, waiting, request, reply).then(() => done(), done)
        return
      }
    }
    done()
  }
}

async function takeRest(
  steps: readonly Step[],
  from: number,
  waiting: Promise<unknown>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  await waiting
  for (let index = from; index < steps.length && !reply.sent; index++) {
    await (steps[index] as Step)(request, reply)
  }
}
