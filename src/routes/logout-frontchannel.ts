import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cookieNames } from '../cookies.js'
import { FRAMABLE_PAGE_HEADERS } from '../pages/render-page.js'
import type { RouteOptions } from './index.js'
import { endSessions } from './logout-sessions.js'
import { queryOf } from './parameters.js'

const PAGE = '<!doctype html><html lang="en"><title>Signed out</title></html>\n'

/**
 * `logout/frontchannel` (OIDC Front-Channel Logout §2), in a frame of the provider's page, where browsers send no
 * cookie: the sign-in that `iss` and `sid` name ends. Nobody is told whether there was one. Without a name nothing
 * ends: whoever can load a frame could sign people out.
 */
export function logoutFrontchannel(app: FastifyInstance, { services }: RouteOptions): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/logout/frontchannel',
    // Also what others answer here, as when the store is down: the provider's page has to see that it failed.
    async onSend(_request, reply) {
      if (!reply.hasHeader('x-frame-options')) return
      reply.removeHeader('x-frame-options').headers(FRAMABLE_PAGE_HEADERS)
    },
    async handler(request, reply) {
      const { relyingParty } = services.of(request.requireSite().tenant)
      const subjects = await relyingParty.readFrontChannelLogout(allParametersOf(request))
      const reason = 'front-channel logout'
      if (subjects !== undefined) {
        const ended = await endSessions(services, request, { subjects, user: undefined, reason })
        if (ended.includes(request.opened?.session.id ?? '')) removeCookie(request, reply)
      }
      return reply.headers(FRAMABLE_PAGE_HEADERS).send(PAGE)
    },
  })
}

// Okta's guide posts, the specification has a query; nobody says what a form has beside a query.
function allParametersOf(request: FastifyRequest): URLSearchParams {
  const form = request.body instanceof URLSearchParams ? request.body : []
  return new URLSearchParams([...queryOf(request), ...form])
}

function removeCookie(request: FastifyRequest, reply: FastifyReply): void {
  const { origin } = request.requireSite()
  reply.changeCookies(origin, [{ name: cookieNames(origin).session, value: undefined }])
}
