import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookieNames, splitCookies } from '../cookies.js'
import type { Services } from '../services.js'
import type { OpenSession } from '../session/sessions.js'

/** Opens the session of the request's cookie; a cookie that opens none of this tenant's is removed. */
export function loadSession({ sessions, of }: Services) {
  return function loadSession(request: FastifyRequest, reply: FastifyReply): undefined | Promise<void> {
    const { tenant, origin } = request.requireSite()
    request.ownCookies = splitCookies(request.headers.cookie, cookieNames(origin))
    const [cookie, ...others] = request.ownCookies.session
    // Where nobody's name is passed on, nobody's session is read: the store may be down.
    if (cookie === undefined || request.access?.access === 'public') return undefined
    if (others.length > 0) return take(undefined, request, reply)
    const { owner } = of(tenant)
    const known = sessions.known(owner, cookie)
    if (known !== undefined) return take(known, request, reply)
    return sessions.open(owner, cookie).then((opened) => take(opened, request, reply))
  }
}

function take(opened: OpenSession | undefined, request: FastifyRequest, reply: FastifyReply): undefined {
  if (opened !== undefined) {
    request.opened = opened
    return
  }
  const { origin } = request.requireSite()
  reply.changeCookies(origin, [{ name: cookieNames(origin).session, value: undefined }])
}
