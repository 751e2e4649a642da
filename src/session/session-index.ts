import type { Sealer } from '../sealer.js'
import type { Session } from './session.js'
import type { SessionStore } from './store.js'

/** Whose sessions are meant, within one tenant: the person, or one sign-in at the provider. */
export type SessionSubject =
  | { readonly sub: string }
  | { readonly email: string }
  | { readonly iss: string; readonly sid: string }

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

// Mail addresses are compared without case, as people and Okta do.
const words = (subject: SessionSubject): string[] => {
  if ('sub' in subject) return ['sub', subject.sub]
  if ('email' in subject) return ['email', subject.email.toLowerCase()]
  return ['sid', subject.iss, subject.sid]
}

function subjectsOf({ identity: { sub, claims } }: Session): SessionSubject[] {
  const { email, iss, sid } = claims
  return [
    { sub },
    ...(typeof email === 'string' ? [{ email }] : []),
    ...(typeof iss === 'string' && typeof sid === 'string' ? [{ iss, sid }] : []),
  ]
}

/** Builds the index; its names in the store are blinded, so that a dump says nothing about anybody. */
export function createSessionIndex(store: SessionStore, sealer: Sealer): SessionIndex {
  // A name for each key of the ring: the first is written, all may have been.
  const namesOf = (tenant: string, subject: SessionSubject): [string, ...string[]] =>
    sealer.blind([tenant, ...words(subject)]).map((name) => `index:${tenant}:${name}`) as [
      string,
      ...string[],
    ]

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
