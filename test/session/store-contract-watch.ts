import type { Test } from 'tap'
import type { SessionStore } from '../../src/session/store.js'
import { until } from '../fixtures/until.js'
import { LONG } from './store-fixture.js'

/** Milliseconds; the interface promises two seconds at most, what is connected tells it at once. */
const TOLD_WITHIN = 1000

/** What every `SessionStore` promises to tell. */
export async function watchContract(t: Test, store: SessionStore, other: SessionStore): Promise<void> {
  const told: (string | undefined)[] = []
  store.onChange((key) => told.push(key))

  await t.test('every change of a record that was read is told, whoever made it', async (t) => {
    await until('it watches', () => store.isWatching())
    const changes: { [name: string]: (by: SessionStore, key: string) => Promise<unknown> } = {
      set: (by, key) => by.set(key, 'y', LONG),
      swap: (by, key) => by.swap(key, 'x', 'y', LONG),
      remove: (by, key) => by.remove(key, 'x'),
      touch: (by, key) => by.touch(key, LONG),
      delete: (by, key) => by.delete(key),
    }
    for (const [whose, by] of Object.entries({ own: store, other }))
      for (const [name, change] of Object.entries(changes)) {
        const key = `watched:${whose} ${name}`
        await store.set(key, 'x', LONG)
        // Reading it again renews the promise.
        for (const _round of [1, 2]) {
          await store.get(key)
          told.length = 0
          await change(by, key)
          await until(`${key} is told`, () => told.includes(key), TOLD_WITHIN)
          await store.set(key, 'x', LONG)
        }
      }
    t.notOk(told.includes(undefined), 'and nothing else is suspected')
    t.ok(store.isWatching())
  })

  await t.test('a record that was read as missing is told when it is there', async () => {
    await store.get('missing')
    told.length = 0
    await other.add('missing', 'x', LONG)
    await until('it is told', () => told.includes('missing'), TOLD_WITHIN)
  })

  await t.test('a hundred changes are told, each one', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `many:${index}`)
    await Promise.all(keys.map((key) => store.set(key, 'x', LONG)))
    await Promise.all(keys.map((key) => store.get(key)))
    told.length = 0
    await Promise.all(keys.map((key) => other.delete(key)))
    await until('all are told', () => keys.every((key) => told.includes(key)), TOLD_WITHIN)
  })
}
