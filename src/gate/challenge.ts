import type { FastifyReply, FastifyRequest } from 'fastify'
import { isNavigation } from '../headers/navigation.js'
import { loginRequired } from '../login-required.js'
import { judgeReturnTo } from '../oidc/return-to.js'
import type { StepUp } from '../step-up.js'

/** Sends the browser to the provider; see `routes/start-login`. */
export type StartLogin = (
  request: FastifyRequest,
  reply: FastifyReply,
  login: { returnTo: string; isSilent?: true; stepUp?: StepUp | undefined },
) => Promise<FastifyReply>

/**
 * Asks who has no session to sign in, where the rule wants one: a navigation is sent to the provider, anything else gets
 * 401.
 */
export const challenge = (startLogin: StartLogin, pathPrefix: string) =>
  async function challenge(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { access, unauthenticated, stepUps } = request.requireAccess()
    if (request.opened !== null || access !== 'required') return undefined
    const { origin } = request.requireSite()
    const maySignIn = unauthenticated === 'auto' && isNavigation(request.method, request.headers)
    if (!maySignIn) throw loginRequired(origin, pathPrefix)
    const returnTo = judgeReturnTo(request.raw.url ?? '/', origin) ?? '/'
    return startLogin(request, reply, { returnTo, stepUp: stepUps[0] })
  }
