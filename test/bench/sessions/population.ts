import { Refusal } from '../../../src/config/fields.js'
import { parseStoreLocation } from '../../../src/config/session-store.js'
import { createSealer } from '../../../src/sealer.js'
import { openStore } from '../../../src/session/open-store.js'
import { createSessions, type SessionOwner, type Sessions } from '../../../src/session/sessions.js'
import type { Ending } from '../ending.js'
import { say } from '../say.js'
import { tenantId } from '../servers/tenant-files.js'
import { signInOf } from './person.js'

/** A tenant as its sessions see it, with the default lifetimes. */
export const ownerOf = (id: string): SessionOwner => ({
  id,
  clients: [],
  lifetimes: { idle_timeout: 3_600_000, max_lifetime: 43_200_000, stale_limit: 900_000 },
})

/** The tenant of the bench's Doorward where visitors sign in. */
export const OWNER: SessionOwner = ownerOf(tenantId(0))

/** Bytes that a session takes of Redis at the most, with its reserves. */
export const ROOM = 7000

/** Operations under way at once: as many as a busy process has. */
export const CONCURRENCY = 64

const MOST_VISITORS = 20_000
const REPORT_EVERY = 100_000

/** Whose session can be asked for. */
export interface Visitor {
  /** Its id. */
  readonly tenant: string
  readonly cookie: string
}

/** The sessions of one Redis, read and written with Doorward's own code. */
export interface Population {
  /** Without a cache. */
  readonly sessions: Sessions
  /** With a cache that has room for every visitor that is kept here. */
  readonly cached: Sessions
  /** Of some of the sessions, spread over all of them. */
  readonly visitors: readonly Visitor[]
  /** Signs in so many people, shared out evenly among the tenants, and resolves the seconds that it took. */
  fill(count: number): Promise<number>
}

/** Opens the sessions of a Redis; it is disconnected when the bench ends. */
export async function openPopulation(
  ending: Ending,
  url: string,
  sessionKey: Buffer,
  owners: readonly SessionOwner[] = [OWNER],
): Promise<Population> {
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
  const visitors: Visitor[] = []
  return {
    sessions,
    cached: createSessions({ ...parts, cache: MOST_VISITORS }),
    visitors,
    async fill(count) {
      const every = Math.ceil(count / MOST_VISITORS)
      const begun = performance.now()
      let next = 0
      const work = async () => {
        while (next < count) {
          const number = next++
          const owner = owners[Math.floor((number * owners.length) / count)] ?? OWNER
          const { cookie } = await sessions.create(owner, signInOf(number))
          if (number % every === 0) visitors.push({ tenant: owner.id, cookie })
          if (number > 0 && number % REPORT_EVERY === 0) say(`${number} of ${count} sessions`)
        }
      }
      await Promise.all(Array.from({ length: CONCURRENCY }, work))
      return (performance.now() - begun) / 1000
    },
  }
}
