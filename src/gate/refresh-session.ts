import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookieNames } from '../cookies.js'
import type { Services } from '../services.js'
import type { OpenSession } from '../session/sessions.js'

/** Keeps the session's tokens fresh and notes that it was used. */
export function refreshSession({ sessions, of, refresher }: Services) {
  function goOn(request: FastifyRequest, opened: OpenSession): undefined {
    request.opened = opened
    // The touch is nobody's to wait for; a store that fails here fails the next request where it matters.
    sessions.touch(of(request.requireSite().tenant).owner, opened)?.catch(() => undefined)
  }

  async function refresh(request: FastifyRequest, reply: FastifyReply, opened: OpenSession): Promise<void> {
    const { tenant, origin } = request.requireSite()
    const { owner, relyingParty } = of(tenant)
    const current = await refresher.ensureFresh(owner, opened, relyingParty)
    if (current !== undefined) return goOn(request, current)
    request.opened = null
    request.endedUser = opened.session.identity.sub
    reply.changeCookies(origin, [{ name: cookieNames(origin).session, value: undefined }])
  }

  return function refreshSession(request: FastifyRequest, reply: FastifyReply): undefined | Promise<void> {
    const { opened } = request
    if (opened === null) return undefined
    const { owner } = of(request.requireSite().tenant)
    return refresher.isFresh(owner, opened) ? goOn(request, opened) : refresh(request, reply, opened)
  }
}
