import type { Sealer } from '../sealer.js'
import type { Session } from './session.js'
import { blindNames, type SessionSubject, subjectsOf } from './session-subject.js'
import type { SessionStore } from './store.js'

/** Finds the sessions of a tenant by whom they belong to, without looking through all of them. */
export interface SessionIndex {
  /** Enters a session for `ttl` milliseconds, or prolongs it; the store forgets it by itself after that. */
  enter(tenant: string, session: Session, ttl: number): Promise<void>
  /** Strikes a session out, but for where `kept`, a later state of it, belongs. */
  strike(tenant: string, session: Session, kept?: Session): Promise<void>
  /** Ids of the sessions that were entered; some may have ended since. */
  find(tenant: string, subject: SessionSubject): Promise<string[]>
}

/** Milliseconds by which the clocks of two processes may differ; what has ended is left out by who asks. */
const CLOCK_DIFFERENCE = 300_000

/** Builds the index; its names in the store are blinded. */
export function createSessionIndex(store: SessionStore, sealer: Sealer): SessionIndex {
  const namesOf = (tenant: string, subject: SessionSubject): [string, ...string[]] =>
    blindNames(sealer, tenant, subject).map((name) => `index:${name}`) as [string, ...string[]]

  const namesOfAll = (tenant: string, session: Session): string[] =>
    subjectsOf(session).flatMap((subject) => namesOf(tenant, subject))

  const each = async (operations: Promise<void>[]): Promise<void> => {
    await Promise.all(operations)
  }

  return {
    enter: (tenant, session, ttl) =>
      each(
        subjectsOf(session).map((subject) =>
          store.include(namesOf(tenant, subject)[0], session.id, ttl + CLOCK_DIFFERENCE),
        ),
      ),
    strike(tenant, session, kept) {
      const spared = new Set(kept === undefined ? [] : namesOfAll(tenant, kept))
      const struck = namesOfAll(tenant, session).filter((name) => !spared.has(name))
      return each(struck.map((name) => store.exclude(name, session.id)))
    },
    async find(tenant, subject) {
      const found = await Promise.all(namesOf(tenant, subject).map((name) => store.members(name)))
      return [...new Set(found.flat())]
    },
  }
}
