import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cookieNames } from '../cookies.js'
import { isForeignTriggered } from '../headers/navigation.js'
import { PAGE_HEADERS, renderPage } from '../pages/render-page.js'
import type { Services } from '../services.js'
import type { OpenSession } from '../session/sessions.js'
import type { RouteOptions } from './index.js'
import { sendLogoutForm } from './logout-form.js'
import { queryOf } from './parameters.js'
import { requireReturnTo } from './return-address.js'
import { transactionsOf } from './start-login.js'

/** `logout`: ends the session here, revokes its tokens, and ends the provider's session. */
export function logout(app: FastifyInstance, { services }: RouteOptions): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/logout',
    async handler(request, reply) {
      const { tenant, origin } = request.requireSite()
      const returnTo = requireReturnTo(request, queryOf(request).get('rd') ?? tenant.config.logout.redirect)
      // Nobody may be signed out by a link or an image on somebody else's page, which does not choose where it ends either.
      if (isForeignTriggered(request.headers, origin)) return confirmLogout(reply, services.pathPrefix)
      reply.header('cache-control', 'no-store')
      if (request.opened === null) return reply.redirect(returnTo, 303)
      await endSession(services, request, reply, request.opened)
      return leave(services, request, reply, { opened: request.opened, returnTo })
    },
  })
}

function confirmLogout(reply: FastifyReply, pathPrefix: string): FastifyReply {
  const page = {
    title: 'Sign out?',
    message: 'Another site asked to sign you out. Do you want to?',
    action: { href: `${pathPrefix}/logout`, label: 'Sign out' },
  }
  return reply.headers(PAGE_HEADERS).send(renderPage(page))
}

async function endSession(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  opened: OpenSession,
): Promise<void> {
  const { sessions, of, audit, observer } = services
  const { tenant, origin } = request.requireSite()
  const { owner, relyingParty } = of(tenant)
  const { session } = opened
  const revoke = () => {
    if (tenant.config.logout.revoke) revokeTokens(services, request, relyingParty.revoke(session.tokens))
  }
  try {
    await sessions.end(owner, opened)
  } catch (error) {
    // Who wants to leave does so with the access token at the latest, whatever became of the record.
    revoke()
    throw error
  }
  reply.changeCookies(origin, [{ name: cookieNames(origin).session, value: undefined }])
  observer.signedOut(tenant.id, 'user', 'done')
  observer.sessionEnded(tenant.id, 'user')
  audit('logout', {
    tenant: tenant.id,
    user: session.identity.sub,
    session: session.id,
    request_id: request.id,
  })
  revoke()
}

// The person does not wait for it: the session is gone from here already.
function revokeTokens({ log }: Services, request: FastifyRequest, revocation: Promise<void>): void {
  revocation.catch((error: Error) => {
    log.warn(
      { tenant: request.requireSite().tenant.id, reason: error.message, request_id: request.id },
      'tokens were not revoked',
    )
  })
}

interface Departure {
  readonly opened: OpenSession
  readonly returnTo: string
}

async function leave(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { opened, returnTo }: Departure,
): Promise<FastifyReply> {
  const { tenant, origin } = request.requireSite()
  if (!tenant.config.logout.rp_initiated) return reply.redirect(returnTo, 303)
  const departure = await services.of(tenant).relyingParty.beginLogout({
    idToken: opened.session.tokens.id_token,
    callback: `${origin}${services.pathPrefix}/logout/callback`,
    returnTo,
  })
  if (departure === undefined) return reply.redirect(returnTo, 303)
  reply.changeCookies(origin, transactionsOf(services, request).add(departure.transaction))
  if (departure.form !== undefined) return sendLogoutForm(reply, departure.form)
  return reply.redirect(departure.url.href, 303)
}
