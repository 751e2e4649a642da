import { setTimeout as wait } from 'node:timers/promises'
import { DoorwardError } from '../errors.js'

/** Milliseconds for which the store is given time to come back, and between two attempts. */
const LONGEST_ABSENCE = 600_000
const PAUSE = 500

/**
 * Tries again while the store is away; rejects as the operation does, at the latest after ten minutes. It is for what
 * must not be lost: a refresh token is consumed when its successor comes, and Okta takes its second use for theft.
 */
export async function insist<Value>(operation: () => Promise<Value>): Promise<Value> {
  const deadline = performance.now() + LONGEST_ABSENCE
  for (;;) {
    try {
      return await operation()
    } catch (error) {
      const isAway = error instanceof DoorwardError && error.code === 'session_store_unavailable'
      if (!isAway || performance.now() > deadline) throw error
      await wait(PAUSE, undefined, { ref: false })
    }
  }
}
