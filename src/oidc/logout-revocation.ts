import { setMaxListeners } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

/** Calls that are tried again, in the background of whoever started them. */
export interface Persistence {
  /** Carries out a call that may fail; resolves when it has succeeded, rejects when it is given up. */
  persist(call: () => Promise<void>): Promise<void>
  /** Gives every call that fails, or has failed, its last try at once; resolves when none is left. */
  settle(): Promise<void>
}

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

/** Builds what keeps one failure of the provider from leaving a refresh token alive; its timers hold no process up. */
export function createPersistence(options: PersistenceOptions = {}): Persistence {
  const { pauses = PAUSES, mostAtOnce = MOST_AT_ONCE, mostPending = MOST_PENDING } = options
  const queue: (() => void)[] = []
  const pending = new Set<Promise<void>>()
  const settling = new AbortController()
  // Any number of calls may wait.
  setMaxListeners(0, settling.signal)
  let underWay = 0

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
      if (settling.signal.aborted) break
      try {
        return await inTurn(call)
      } catch {
        await wait(pause, undefined, { ref: false, signal: settling.signal }).catch(() => undefined)
      }
    }
    return inTurn(call)
  }

  return {
    async persist(call) {
      if (pending.size >= mostPending) throw new Error(`${pending.size} others are waiting for the provider`)
      const attempts = tryAll(call)
      pending.add(attempts)
      try {
        await attempts
      } finally {
        pending.delete(attempts)
      }
    },
    async settle() {
      settling.abort()
      await Promise.allSettled(pending)
    },
  }
}
