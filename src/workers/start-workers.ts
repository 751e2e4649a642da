import cluster from 'node:cluster'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type ForkedWorker, forkWorker } from './fork-worker.js'
import { gatherFigures } from './gather-figures.js'
import { createRestartDelay } from './restart-delay.js'

/** Several processes that serve as one. */
export interface Workers {
  /** Has each of them read the configuration again; one that is starting has just read it. */
  reload(reason: string): void
  /** Has all of them drain and close, and kills those that do not; rejects when one has not ended well. */
  stop(): Promise<void>
  /** Ends them at once. */
  kill(): void
}

interface Options {
  readonly count: number
  readonly log: Logger
  /** What the log says beside the addresses when all listen. */
  readonly facts: object
  /** Milliseconds between draining and closing. */
  readonly drainDelay: number
  /** Milliseconds within which a worker that is told to close has ended, if it can. */
  readonly patience: number
}

/**
 * Starts this program so many times more, and another one for each that ends. One goes ahead, so that what is wrong is
 * said once: rejects with a `WorkerFailure` when it does not come to listen.
 */
export async function startWorkers({ count, log, facts, drainDelay, patience }: Options): Promise<Workers> {
  // The primary hands out connections in turn. Of what the kernel hands out, one worker would get the most.
  cluster.schedulingPolicy = cluster.SCHED_RR
  const alive = new Set<ForkedWorker>()
  const coming = new Set<NodeJS.Timeout>()
  const delay = createRestartDelay()
  let isStopping = false

  const start = (): ForkedWorker => {
    const worker = forkWorker()
    alive.add(worker)
    worker.ended.then(() => alive.delete(worker))
    worker.onGather(async () => worker.answer(await gatherFigures(alive)))
    return worker
  }
  const keep = async (worker: ForkedWorker): Promise<void> => {
    const born = performance.now()
    const { code, signal } = await worker.ended
    if (isStopping) return
    log.error({ pid: worker.pid, code, signal }, 'worker ended; starting another')
    const timer = setTimeout(
      () => {
        coming.delete(timer)
        const next = start()
        keep(next)
        next.listening
          .then(() => log.info({ pid: next.pid }, 'another worker listens'))
          .catch(() => undefined)
      },
      delay.after(performance.now() - born),
    )
    coming.add(timer)
  }

  const first = start()
  const addresses = await first.listening
  const others = Array.from({ length: count - 1 }, start)
  for (const worker of [first, ...others]) keep(worker)
  Promise.allSettled(others.map(({ listening }) => listening)).then(() =>
    log.info({ ...addresses, ...facts, workers: count }, 'listening'),
  )
  return {
    reload(reason) {
      for (const worker of alive) worker.reload(reason)
    },
    async stop() {
      isStopping = true
      for (const timer of coming) clearTimeout(timer)
      const serving = [...alive].filter(({ isListening }) => isListening)
      for (const worker of alive) {
        if (worker.isListening) worker.drain()
        // It has nothing to finish, and may not hear yet.
        else worker.kill()
      }
      await wait(drainDelay)
      // Who has come until now is let in.
      await turn()
      for (const worker of serving) worker.close()
      const deadline = setTimeout(() => {
        log.error({ workers: alive.size }, 'workers do not end; they are killed')
        for (const worker of alive) worker.kill()
      }, patience)
      const isFine = (await Promise.all(serving.map(({ ended }) => ended))).every(({ code }) => code === 0)
      clearTimeout(deadline)
      log.info('stopped')
      if (!isFine) throw new Error('a worker has not ended well')
    },
    kill() {
      for (const worker of alive) worker.kill()
    },
  }
}
