import { Refusal } from '../../../src/config/fields.js'
import { parseStoreLocation } from '../../../src/config/session-store.js'
import { createSealer } from '../../../src/sealer.js'
import { openStore } from '../../../src/session/open-store.js'
import { createSessions, type SessionOwner, type Sessions } from '../../../src/session/sessions.js'
import type { Ending } from '../ending.js'
import { say } from '../say.js'
import { signInOf } from './person.js'

/** Whose sessions they are: the tenant of the bench's Doorward, with its default lifetimes. */
export const OWNER: SessionOwner = {
  id: 'acme',
  lifetimes: { idle_timeout: 3_600_000, max_lifetime: 43_200_000, stale_limit: 900_000 },
}

/** Operations under way at once: as many as a busy process has. */
export const CONCURRENCY = 64

const MOST_COOKIES = 20_000
const REPORT_EVERY = 100_000

/** The sessions of one Redis, read and written with Doorward's own code. */
export interface Population {
  /** Without a cache. */
  readonly sessions: Sessions
  /** With a cache that has room for every cookie that is kept here. */
  readonly cached: Sessions
  /** Of some of the sessions, spread over all of them. */
  readonly cookies: readonly string[]
  /** Signs in so many people, and resolves the seconds that it took. */
  fill(count: number): Promise<number>
}

/** Opens the sessions of a Redis; it is disconnected when the bench ends. */
export async function openPopulation(ending: Ending, url: string, sessionKey: Buffer): Promise<Population> {
  const location = parseStoreLocation(url)
  if (location instanceof Refusal) throw new Error(location.sentence)
  const report = {
    lost: (error: Error) => say(`Redis was lost: ${error.message}`),
    restored: () => say('Redis is back'),
  }
  const store = openStore(location, { now: Date.now, report })
  ending.teardown(() => store.close())
  await store.ping()
  const parts = { store, sealer: createSealer([sessionKey]), now: Date.now }
  const sessions = createSessions({ ...parts, cache: 0 })
  const cookies: string[] = []
  return {
    sessions,
    cached: createSessions({ ...parts, cache: MOST_COOKIES }),
    cookies,
    async fill(count) {
      const every = Math.ceil(count / MOST_COOKIES)
      const begun = performance.now()
      let next = 0
      const work = async () => {
        while (next < count) {
          const number = next++
          const { cookie } = await sessions.create(OWNER, signInOf(number))
          if (number % every === 0) cookies.push(cookie)
          if (number > 0 && number % REPORT_EVERY === 0) say(`${number} of ${count} sessions`)
        }
      }
      await Promise.all(Array.from({ length: CONCURRENCY }, work))
      return (performance.now() - begun) / 1000
    },
  }
}
