import type { Test } from 'tap'
import type { SessionStore } from '../../src/session/store.js'
import { until } from '../fixtures/until.js'
import { UNAVAILABLE } from './redis-fixture.js'
import { LONG } from './store-fixture.js'

/** The keys of a load; what is written beside one is in its slot. */
export const KEYS = Array.from({ length: 60 }, (_, index) => `{load:${index}}`)

/** What a load of operations has met so far. */
export interface Load {
  /** How many have failed of those of the keys that `isOf` picks. */
  failures(isOf?: (key: string) => boolean): number
  /** Resolves when every key has been read and written again since. */
  untilAllSucceed(): Promise<void>
  /** Stops it and fails the test if anything went wrong otherwise than as `session_store_unavailable`. */
  end(): Promise<void>
}

/** Reads and writes many keys, all over the slots of a cluster, again and again until it is ended. */
export async function startLoad(t: Test, store: SessionStore): Promise<Load> {
  const failed = new Map<string, number>()
  const succeeded = new Map<string, number>()
  const wrong: unknown[] = []
  let isOver = false

  async function once(key: string): Promise<void> {
    if ((await store.get(key)) !== 'x') wrong.push(`${key} was not as it was acknowledged`)
    await store.touch(key, LONG)
    await store.set(`${key}:written`, 'x', LONG)
    succeeded.set(key, (succeeded.get(key) ?? 0) + 1)
  }

  async function again(key: string): Promise<void> {
    while (!isOver) {
      try {
        await once(key)
      } catch (error) {
        failed.set(key, (failed.get(key) ?? 0) + 1)
        if ((error as { code?: unknown }).code !== UNAVAILABLE.code) wrong.push(error)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  await Promise.all(KEYS.map((key) => store.set(key, 'x', LONG)))
  const running = Promise.all(KEYS.map(again))
  return {
    failures: (isOf = () => true) =>
      [...failed].reduce((sum, [key, count]) => sum + (isOf(key) ? count : 0), 0),
    async untilAllSucceed() {
      const before = new Map(succeeded)
      // The one that was under way at the moment may have begun before.
      const isAgain = (key: string) => (succeeded.get(key) ?? 0) > (before.get(key) ?? 0) + 1
      await until('all succeed', () => KEYS.every(isAgain))
    },
    async end() {
      isOver = true
      await running
      t.same(wrong, [])
    },
  }
}
