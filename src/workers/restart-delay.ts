/** Milliseconds; a worker that lived as long did not end for a reason that its start would meet again. */
const LONG_LIFE = 60_000
const [SHORTEST, LONGEST] = [100, 10_000]

/** How long to wait before the next worker: longer for each that ends soon after its start. */
export interface RestartDelay {
  /** Milliseconds until another is to be started, after one has lived so many. */
  after(life: number): number
}

/** Begins without a delay. */
export function createRestartDelay(): RestartDelay {
  let delay = 0
  return {
    after(life) {
      delay = life >= LONG_LIFE ? 0 : Math.min(LONGEST, Math.max(SHORTEST, delay * 2))
      return delay
    },
  }
}
