import type { FastifyReply, FastifyRequest } from 'fastify'
import { isNavigation } from '../headers/navigation.js'
import { loginRequired } from '../login-required.js'
import { judgeReturnTo } from '../oidc/return-to.js'
import type { Services } from '../services.js'
import type { StepUp } from '../step-up.js'
import { keepForm } from './keep-form.js'

/** Sends the browser to the provider; see `routes/start-login`. */
export type StartLogin = (
  request: FastifyRequest,
  reply: FastifyReply,
  login: {
    returnTo: string
    isSilent?: true
    stepUp?: StepUp | undefined
    form?: { ticket: string; isOwn: boolean }
  },
) => Promise<FastifyReply>

/**
 * Asks who has no session to sign in, where the rule wants one: a navigation is sent to the provider, a form is kept
 * besides, and anything else gets 401.
 */
export function challenge(services: Services, startLogin: StartLogin) {
  const keep = keepForm(services, startLogin)
  return function challenge(request: FastifyRequest, reply: FastifyReply): undefined | Promise<FastifyReply> {
    const isWanted = request.opened === null && request.requireAccess().access === 'required'
    return isWanted ? askToSignIn(request, reply) : undefined
  }

  async function askToSignIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { unauthenticated, stepUp } = request.requireAccess()
    const { origin } = request.requireSite()
    if (unauthenticated === 'auto') {
      if (isNavigation(request.method, request.headers)) {
        const returnTo = judgeReturnTo(request.raw.url ?? '/', origin) ?? '/'
        return startLogin(request, reply, { returnTo, stepUp })
      }
      if ((await keep(request, reply, stepUp)) !== undefined) return reply
    }
    throw loginRequired(origin, services.pathPrefix)
  }
}
