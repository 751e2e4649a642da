import { setTimeout as wait } from 'node:timers/promises'

/** Carries out a call that may fail; resolves when it has succeeded, rejects when it is given up. */
export type Persist = (call: () => Promise<void>) => Promise<void>

interface PersistenceOptions {
  /** Milliseconds before each further try. */
  readonly pauses?: readonly number[]
  /** Calls under way at one time; the others wait for their turn. */
  readonly mostAtOnce?: number
  /** Calls that have neither succeeded nor been given up; one more is given up at once. */
  readonly mostPending?: number
}

const PAUSES = [1000, 5000, 20_000, 60_000]
const MOST_AT_ONCE = 10
const MOST_PENDING = 1000

/**
 * Tries calls again, in the background of whoever started them, so that one failure of the provider does not leave a
 * refresh token alive. What still waits when the process stops is abandoned: its timers hold nothing up.
 */
export function createPersistence(options: PersistenceOptions = {}): Persist {
  const { pauses = PAUSES, mostAtOnce = MOST_AT_ONCE, mostPending = MOST_PENDING } = options
  const queue: (() => void)[] = []
  let underWay = 0
  let pending = 0

  async function inTurn(call: () => Promise<void>): Promise<void> {
    if (underWay >= mostAtOnce) await new Promise<void>((resolve) => queue.push(resolve))
    else underWay += 1
    try {
      await call()
    } finally {
      const next = queue.shift()
      // A turn is handed on, so that nobody who comes meanwhile can take it.
      if (next === undefined) underWay -= 1
      else next()
    }
  }

  async function tryAll(call: () => Promise<void>): Promise<void> {
    for (const pause of pauses) {
      try {
        return await inTurn(call)
      } catch {
        await wait(pause, undefined, { ref: false })
      }
    }
    return inTurn(call)
  }

  return async function persist(call) {
    if (pending >= mostPending) throw new Error(`${pending} others are waiting for the provider`)
    pending += 1
    try {
      await tryAll(call)
    } finally {
      pending -= 1
    }
  }
}
