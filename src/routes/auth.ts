import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { judge, toRefusal } from '../access/judge.js'
import { canonicalPath } from '../access/path.js'
import { DoorwardError, ERRORS } from '../errors.js'
import { isNavigation } from '../headers/navigation.js'
import { type OriginalRequest, originalRequest } from '../headers/original-request.js'
import { loginRequired } from '../login-required.js'
import { judgeReturnTo } from '../oidc/return-to.js'
import { PAGE_HEADERS, renderPage } from '../pages/render-page.js'
import type { Services } from '../services.js'
import type { OpenSession } from '../session/sessions.js'
import type { RouteOptions } from './index.js'

/**
 * `auth`: what a proxy in front of the app asks before it forwards a request (nginx `auth_request`, Traefik and Caddy
 * `forward_auth`). 202 with the identity headers, 401 or 403. Which request is meant is believed of
 * trusted peers only; for others it has to be one that every rule would let pass.
 */
export function auth(app: FastifyInstance, { services, ...steps }: RouteOptions): void {
  app.get(
    '/auth',
    {
      onRequest: [
        findOriginalRule(services),
        steps.loadSession,
        steps.refreshSession,
        steps.prepareAssertion,
      ],
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { opened } = request
      const access = request.requireAccess()
      if (opened === null) {
        if (access.access === 'required') return askToSignIn(services, request, reply)
        return reply.code(202).headers(cookiesOf(services, request)).send()
      }
      const verdict = judge(access, opened.session.identity, services.now())
      if (verdict.kind === 'allowed') {
        const headers = { ...cookiesOf(services, request), ...identityOf(services, request, opened) }
        return reply.code(202).headers(headers).send()
      }
      request.failureEvent = 'access.denied'
      if (verdict.kind === 'weak' && maySignIn(request))
        return showSignIn(services, request, reply, toRefusal(verdict))
      throw toRefusal(verdict)
    },
  )
}

const findOriginalRule = ({ of }: Services) =>
  async function findOriginalRule(request: FastifyRequest): Promise<void> {
    const { rules } = of(request.requireSite().tenant)
    const { method, target } = originalOf(request)
    const path = target === undefined ? undefined : canonicalPath(target)
    if (target !== undefined && path === undefined) {
      throw new DoorwardError('ambiguous_path', { reason: 'the path asked about has no single meaning' })
    }
    request.access = rules.find(method, path)
  }

const originalOf = ({ peerIsTrusted, headers }: FastifyRequest): OriginalRequest =>
  peerIsTrusted ? originalRequest(headers) : { method: undefined, target: undefined }

function askToSignIn(services: Services, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = loginRequired(request.requireSite().origin, services.pathPrefix)
  if (!maySignIn(request)) throw refusal
  return showSignIn(services, request, reply, refusal)
}

const maySignIn = (request: FastifyRequest): boolean =>
  request.requireAccess().unauthenticated === 'auto' &&
  isNavigation(originalOf(request).method ?? 'GET', request.headers)

// Proxies that cannot redirect show the answer as it is: then a person gets a page with the way to sign in.
function showSignIn(
  { pathPrefix }: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { code, challenge }: DoorwardError,
): FastifyReply {
  const returnTo = judgeReturnTo(originalOf(request).target ?? '/', request.requireSite().origin) ?? '/'
  const { title, message } = ERRORS[code]
  const action = { href: `${pathPrefix}/login?rd=${encodeURIComponent(returnTo)}`, label: 'Sign in' }
  if (challenge !== undefined) reply.header('www-authenticate', challenge)
  return reply.code(401).headers(PAGE_HEADERS).send(renderPage({ title, message, action }))
}

// A script of the app's pages can ask as well, and must not learn a token, nor a cookie that is not for scripts.
const isProxy = ({ isForwardAuth }: Services, { peerIsTrusted }: FastifyRequest): boolean =>
  isForwardAuth && peerIsTrusted

// Said also when there are none, so that the proxy does not keep those of the client.
const cookiesOf = (services: Services, request: FastifyRequest): { cookie?: string } =>
  isProxy(services, request) ? { cookie: request.ownCookies?.foreign ?? '' } : {}

function identityOf(
  services: Services,
  request: FastifyRequest,
  { session: { identity, tokens } }: OpenSession,
): Record<string, string> {
  const { tenant } = request.requireSite()
  const list = services
    .of(tenant)
    .identityHeaders.build(
      { tenant: tenant.id, identity, tokens, assertion: request.assertion ?? undefined },
      isProxy(services, request) ? 'with tokens' : 'without tokens',
    )
  return Object.fromEntries(
    list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? '']] : [])),
  )
}
