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
        return access.access === 'required' ? askToSignIn(services, request, reply) : reply.code(202).send()
      }
      const verdict = judge(access, opened.session.identity, services.now())
      if (verdict.kind === 'allowed')
        return reply
          .code(202)
          .headers(identityOf(services, request, opened))
          .send()
      request.failureEvent = 'access.denied'
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

// Proxies that cannot redirect show the answer as it is: then a person gets a page with the way to sign in.
function askToSignIn({ pathPrefix }: Services, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { origin } = request.requireSite()
  const { method = 'GET', target = '/' } = originalOf(request)
  const isSignIn = request.requireAccess().unauthenticated === 'auto' && isNavigation(method, request.headers)
  if (!isSignIn) throw loginRequired(origin, pathPrefix)
  const returnTo = judgeReturnTo(target, origin) ?? '/'
  const { title, message } = ERRORS.login_required
  const action = { href: `${pathPrefix}/login?rd=${encodeURIComponent(returnTo)}`, label: 'Sign in' }
  return reply.code(401).headers(PAGE_HEADERS).send(renderPage({ title, message, action }))
}

function identityOf(
  { of }: Services,
  request: FastifyRequest,
  { session }: OpenSession,
): Record<string, string> {
  const { id } = request.requireSite().tenant
  const { identity, tokens } = session
  const assertion = request.assertion ?? undefined
  const list = of(request.requireSite().tenant).identityHeaders.build(
    { tenant: id, identity, tokens, assertion },
    // A script of the app's pages can ask as well, and must not learn a token.
    request.peerIsTrusted ? 'with tokens' : 'without tokens',
  )
  return Object.fromEntries(
    list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? '']] : [])),
  )
}
