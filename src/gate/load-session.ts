import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookieNames, splitCookies } from '../cookies.js'
import type { Services } from '../services.js'

/** Opens the session of the request's cookie; a cookie that opens none of this tenant's is removed. */
export const loadSession = ({ sessions, of }: Services) =>
  async function loadSession(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { tenant, origin } = request.requireSite()
    const names = cookieNames(origin)
    request.ownCookies = splitCookies(request.headers.cookie, names)
    const [cookie, ...others] = request.ownCookies.session
    // Where nobody's name is passed on, nobody's session is read: the store may be down.
    if (cookie === undefined || request.access?.access === 'public') return
    const opened = others.length === 0 ? await sessions.open(of(tenant).owner, cookie) : undefined
    if (opened === undefined) reply.changeCookies(origin, [{ name: names.session, value: undefined }])
    else request.opened = opened
  }
