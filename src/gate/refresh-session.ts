import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookieNames } from '../cookies.js'
import type { Services } from '../services.js'

/** Keeps the session's tokens fresh and notes that it was used. */
export const refreshSession = ({ sessions, of, refresher }: Services) =>
  async function refreshSession(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (request.opened === null) return
    const { tenant, origin } = request.requireSite()
    const { owner, relyingParty } = of(tenant)
    const { session } = request.opened
    const current = await refresher.ensureFresh(owner, request.opened, relyingParty)
    request.opened = current ?? null
    if (current === undefined) {
      request.endedUser = session.identity.sub
      reply.changeCookies(origin, [{ name: cookieNames(origin).session, value: undefined }])
      return
    }
    // The touch is nobody's to wait for; a store that fails here fails the next request where it matters.
    sessions.touch(owner, current).catch(() => undefined)
  }
