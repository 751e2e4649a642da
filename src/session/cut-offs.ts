import type { Sealer } from '../sealer.js'
import { createAllowance } from './allowance.js'
import { blindNames, type SessionSubject } from './session-subject.js'
import type { SessionStore } from './store.js'

/**
 * Recent logouts by the provider. A logout notes its moment before it looks for sessions, a sign-in looks for notes
 * after its session is in the store: whichever comes second sees the other. How long ago a logout was is told by the
 * time that its note has left, and compared with how long the sign-in has taken; who begins to sign in after the logout
 * is not held up. Where another process has begun the sign-in, its clock must not be behind by more than that.
 */
export interface CutOffs {
  /** Notes that these are signed out at this moment. */
  set(tenant: string, subjects: readonly SessionSubject[]): Promise<void>
  /** Whether one of these was signed out within the last `time` milliseconds. */
  happenedWithin(tenant: string, subjects: readonly SessionSubject[], time: number): Promise<boolean>
}

/** Milliseconds: longer than a transaction lives, with the redeeming of its code. */
const LONGEST_LOGIN = 900_000
// A sign-in at the provider that has ended gives no more codes, and Okta's live for a minute. Whoever likes can make up
// a `sid` for a front-channel logout, and the store has to keep it.
const LONGEST_CODE = 120_000

/** Notes of what anybody can make up, in each process: beyond them a logout ends what it finds, and no more. */
const MADE_UP = { perTenant: 1024 * 1024, total: 16 * 1024 * 1024, window: LONGEST_CODE }

/** Bytes of a note in the store, with its name. */
const NOTE = 1024

const lifetimeOf = (subject: SessionSubject): number => ('sid' in subject ? LONGEST_CODE : LONGEST_LOGIN)

/** Builds the notes; their names in the store are blinded. */
export function createCutOffs(store: SessionStore, sealer: Sealer, now: () => number): CutOffs {
  const allows = createAllowance(MADE_UP, now)
  // Under every key of the ring: the process that signs somebody in may not have the newest yet.
  const notesOf = (tenant: string, subjects: readonly SessionSubject[]) =>
    subjects.flatMap((subject) =>
      blindNames(sealer, tenant, subject).map((name) => ({
        name: `cut-off:${name}`,
        lifetime: lifetimeOf(subject),
      })),
    )
  return {
    async set(tenant, subjects) {
      const noted = subjects.filter((subject) => !('sid' in subject) || allows(tenant, NOTE))
      await Promise.all(notesOf(tenant, noted).map(({ name, lifetime }) => store.set(name, '1', lifetime)))
    },
    async happenedWithin(tenant, subjects, time) {
      const ages = notesOf(tenant, subjects).map(async ({ name, lifetime }) => {
        const left = await store.timeLeft(name)
        return left === undefined ? Number.POSITIVE_INFINITY : lifetime - left
      })
      return Math.min(...(await Promise.all(ages))) < time
    },
  }
}
