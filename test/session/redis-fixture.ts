import type { Test } from 'tap'
import { Refusal } from '../../src/config/fields.js'
import { parseStoreLocation, type StoreLocation } from '../../src/config/session-store.js'
import { openStore } from '../../src/session/open-store.js'
import type { SessionStore } from '../../src/session/store.js'
import { until } from '../fixtures/until.js'
import { storeContract } from './store-contract.js'
import { LONG } from './store-fixture.js'

/** Milliseconds until a store that does not answer counts as down, for the tests of just that. */
export const DEADLINE = 250

/** The location that a URL names. */
export function locate(url: string): StoreLocation {
  const location = parseStoreLocation(url)
  if (location instanceof Refusal) throw new Error(location.sentence)
  return location
}

/** A store on a Redis, and what its connection told. */
export function openRedis(t: Pick<Test, 'teardown'>, where: string | StoreLocation, timeout = 10_000) {
  const changes: string[] = []
  const errors: Error[] = []
  const report = {
    lost: (error: Error) => {
      changes.push('lost')
      errors.push(error)
    },
    restored: () => changes.push('restored'),
  }
  const location = typeof where === 'string' ? locate(where) : where
  const store = openStore(location.kind === 'memory' ? location : { ...location, timeout }, {
    now: Date.now,
    report,
  })
  t.teardown(() => store.close())
  return { store, changes, errors }
}

/** The contract of a store on two connections to the empty Redis of a URL. */
export async function redisContract(t: Test, url: string): Promise<void> {
  const [one, two] = [openRedis(t, url), openRedis(t, url)]
  await Promise.all([untilReady(one.store), untilReady(two.store)])
  await storeContract(t, one.store, two.store)
  t.same([...one.changes, ...two.changes], [], 'no connection was lost')
}

/** Polls until the store answers. */
export const untilReady = (store: SessionStore): Promise<void> =>
  until('the store answers', async () => (await store.ping()) === undefined)

/** Every operation of a store. */
export const operations = (store: SessionStore): { [name: string]: () => Promise<unknown> } => ({
  get: () => store.get('a'),
  'get of nothing': () => store.get('not there'),
  set: () => store.set('a', 'y', LONG),
  add: () => store.add('b', 'y', LONG),
  swap: () => store.swap('a', 'x', 'y', LONG),
  remove: () => store.remove('c', 'x'),
  touch: () => store.touch('a', LONG),
  delete: () => store.delete('a'),
  timeLeft: () => store.timeLeft('a'),
  include: () => store.include('set', 'a', LONG),
  exclude: () => store.exclude('set', 'a'),
  members: () => store.members('set'),
  ping: () => store.ping(),
})

/** How every operation fails that the store could not do. */
export const UNAVAILABLE = { code: 'session_store_unavailable', status: 503 }
