import { randomBytes } from 'node:crypto'
import type { SessionStore } from './store.js'

/** The right to do something that only one process may do at a time. */
export interface Lease {
  /** Lets the next one in; a release that does not reach the store is made up for by the lease's end. */
  release(): void
}

/** Milliseconds for which a lease outlives its process. */
export const LEASE_TIME = 5000
const RENEWALS_PER_LEASE = 3

/**
 * Takes a lease that is renewed until it is released; resolves `undefined` while another has it, rejects with
 * `session_store_unavailable`. A process that was stopped may wake up after its lease has gone to another, so
 * what is written under it needs a fence of its own: `SessionStore.swap`.
 */
export async function acquireLease(store: SessionStore, name: string): Promise<Lease | undefined> {
  const key = `lease:${name}`
  const token = randomBytes(16).toString('base64url')
  const giveBack = () => store.remove(key, token).catch(() => undefined)
  const begun = performance.now()
  try {
    if (!(await store.add(key, token, LEASE_TIME))) return undefined
  } catch (error) {
    // It may have been written all the same.
    giveBack()
    throw error
  }
  // The answer of a store that was frozen may be older than the lease.
  if (performance.now() - begun > LEASE_TIME) {
    giveBack()
    return undefined
  }
  const renewal = setInterval(() => {
    store.swap(key, token, token, LEASE_TIME).catch(() => undefined)
  }, LEASE_TIME / RENEWALS_PER_LEASE).unref()
  return {
    release() {
      clearInterval(renewal)
      giveBack()
    },
  }
}
