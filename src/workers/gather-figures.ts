import type { ForkedWorker } from './fork-worker.js'

/** Milliseconds for a worker to say its figures; one that is too busy counts with those that it has said before. */
const PATIENCE = 1_000

/** Asks all workers for their figures; resolves with those of each that has ever said any. */
export async function gatherFigures(workers: Iterable<ForkedWorker>): Promise<readonly unknown[]> {
  const asked = [...workers].filter(({ isListening }) => isListening)
  let timer: NodeJS.Timeout | undefined
  const isOver = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE)
  })
  await Promise.race([isOver, Promise.all(asked.map((worker) => Promise.race([worker.ask(), worker.ended])))])
  clearTimeout(timer)
  return asked.map(({ lastSaid }) => lastSaid).filter((figures) => figures !== undefined)
}
