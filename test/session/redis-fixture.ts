import type { Test } from 'tap'
import { openStore } from '../../src/session/open-store.js'
import type { SessionStore } from '../../src/session/store.js'

/** Milliseconds; longer than any test. */
export const LONG = 60_000
const RECOVERY_BOUND = 20_000
/** Milliseconds until a store that does not answer counts as down, for the tests of just that. */
export const DEADLINE = 250

/** A store on a Redis, and what its connection told. */
export function openRedis(t: Pick<Test, 'teardown'>, url: string, deadline = 10_000) {
  const changes: string[] = []
  const errors: Error[] = []
  const report = {
    lost: (error: Error) => {
      changes.push('lost')
      errors.push(error)
    },
    restored: () => changes.push('restored'),
  }
  const store = openStore(url, { now: Date.now, report, deadline })
  t.teardown(() => store.close())
  return { store, changes, errors }
}

/** Polls until the store answers; fails after a bound. */
export async function untilReady(store: SessionStore): Promise<void> {
  const deadline = Date.now() + RECOVERY_BOUND
  for (;;) {
    try {
      return await store.ping()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

/** Every operation of a store. */
export const operations = (store: SessionStore): { [name: string]: () => Promise<unknown> } => ({
  get: () => store.get('a'),
  'get of nothing': () => store.get('not there'),
  set: () => store.set('a', 'y', LONG),
  replace: () => store.replace('a', 'y', LONG),
  claim: () => store.add('b', LONG),
  touch: () => store.touch('a', LONG),
  delete: () => store.delete('a'),
  ping: () => store.ping(),
})

export const UNAVAILABLE = { code: 'session_store_unavailable', status: 503 }
