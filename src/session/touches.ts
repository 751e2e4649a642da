import { timeToLive } from './session.js'
import type { SessionIndex } from './session-index.js'
import type { SessionRecords } from './session-records.js'
import type { OpenSession, SessionOwner } from './sessions.js'
import type { SessionStore } from './store.js'

/** Notes in the store that sessions are used, so that they live on. */
export interface Touches {
  /** Writes where the last note is old enough, otherwise `undefined`. */
  note(owner: SessionOwner, used: OpenSession): Promise<void> | undefined
  /** For a session that has ended. */
  forget(id: string): void
}

interface TouchesOptions {
  readonly store: SessionStore
  readonly records: SessionRecords
  readonly index: SessionIndex
  readonly now: () => number
}

/** A session is touched, and read anew, this many times per idle timeout. */
const TOUCHES_PER_IDLE_TIMEOUT = 20
const REMEMBERED_TOUCHES = 100_000

/** Milliseconds between two notes of a session. */
export const touchInterval = ({ lifetimes }: SessionOwner): number =>
  lifetimes.idle_timeout / TOUCHES_PER_IDLE_TIMEOUT

/** Builds the notes of this process. */
export function createTouches({ store, records, index, now }: TouchesOptions): Touches {
  const noted = new Map<string, number>()

  async function write(owner: SessionOwner, { key, session }: OpenSession): Promise<void> {
    if (noted.size >= REMEMBERED_TOUCHES) noted.clear()
    noted.set(key.id, now())
    const ttl = timeToLive(session, owner.lifetimes, now())
    try {
      // In this order, so that it can be found for as long as it lives.
      await index.enter(owner.id, session, ttl)
      await store.touch(records.name(owner.id, key.id), ttl)
    } catch (error) {
      noted.delete(key.id)
      throw error
    }
  }

  return {
    note(owner, used) {
      const last = noted.get(used.key.id) ?? used.session.created_at
      return now() - last < touchInterval(owner) ? undefined : write(owner, used)
    },
    forget(id) {
      noted.delete(id)
    },
  }
}
