import type { FastifyRequest } from 'fastify'
import type { Services } from '../services.js'
import type { SessionSubject } from '../session/session-subject.js'

/** Whose sessions the provider wants to end, and what the log says about it. */
export interface ProviderLogout {
  /** Sessions of any of these. */
  readonly subjects: readonly SessionSubject[]
  /** `undefined` where the provider names a sign-in only. */
  readonly user: string | undefined
  readonly reason: 'front-channel logout' | 'back-channel logout' | 'universal logout'
}

const KINDS = {
  'front-channel logout': 'front_channel',
  'back-channel logout': 'back_channel',
  'universal logout': 'universal',
} as const

/**
 * Ends the sessions that this tenant's provider means, on every process, with the sign-ins that are under way, and
 * resolves with the sessions' ids. Rejects with `session_store_unavailable`; those that are left are ended when it is
 * asked again.
 */
export async function endSessions(
  { sessions, of, audit, observer }: Services,
  request: FastifyRequest,
  { subjects, user, reason }: ProviderLogout,
): Promise<string[]> {
  const { tenant } = request.requireSite()
  const { owner } = of(tenant)
  await sessions.cutOff(owner, subjects)
  const found = await Promise.all(subjects.map((subject) => sessions.find(owner, subject)))
  const ids = [...new Set(found.flat().map(({ id }) => id))]
  await Promise.all(
    ids.map(async (id) => {
      const existed = await sessions.endById(owner, id)
      if (!existed) return
      observer.sessionEnded(tenant.id, KINDS[reason])
      audit('session.ended', {
        tenant: tenant.id,
        ...(user === undefined ? {} : { user }),
        session: id,
        reason,
        request_id: request.id,
      })
    }),
  )
  observer.signedOut(tenant.id, KINDS[reason], ids.length > 0 ? 'done' : 'nobody')
  return ids
}
