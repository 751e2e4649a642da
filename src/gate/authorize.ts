import type { FastifyReply, FastifyRequest } from 'fastify'
import { judge, toRefusal } from '../access/judge.js'
import { isNavigation } from '../headers/navigation.js'
import { judgeReturnTo } from '../oidc/return-to.js'
import type { Services } from '../services.js'
import type { StartLogin } from './challenge.js'

/**
 * Lets a person pass whose claims and sign-in satisfy the rule. Who has to prove more is sent to the provider where
 * that is possible, and gets 401 otherwise (RFC 9470).
 */
export const authorize = ({ now }: Pick<Services, 'now'>, startLogin: StartLogin) =>
  function authorize(request: FastifyRequest, reply: FastifyReply): undefined | Promise<FastifyReply> {
    const { opened } = request
    if (opened === null) return undefined
    const access = request.requireAccess()
    const verdict = judge(access, opened.session.identity, now())
    if (verdict.kind === 'allowed') return undefined
    request.failureEvent = 'access.denied'
    const canStepUp =
      verdict.kind === 'weak' &&
      access.unauthenticated === 'auto' &&
      isNavigation(request.method, request.headers)
    if (!canStepUp) throw toRefusal(verdict)
    const { origin } = request.requireSite()
    const returnTo = judgeReturnTo(request.raw.url ?? '/', origin) ?? '/'
    return startLogin(request, reply, { returnTo, stepUp: verdict.stepUp })
  }
