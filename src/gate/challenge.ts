import type { FastifyReply, FastifyRequest } from 'fastify'
import { loginRequired } from '../errors.js'
import { isNavigation } from '../headers/navigation.js'
import { judgeReturnTo } from '../oidc/return-to.js'

/** Sends the browser to the provider; see `routes/start-login`. */
export type StartLogin = (
  request: FastifyRequest,
  reply: FastifyReply,
  login: { returnTo: string; isSilent?: true },
) => Promise<FastifyReply>

/** Asks who has no session to sign in: a navigation is sent to the provider, anything else gets 401. */
export const challenge = (startLogin: StartLogin, pathPrefix: string) =>
  async function challenge(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    if (request.opened !== null) return undefined
    const { origin } = request.requireSite()
    if (!isNavigation(request.method, request.headers)) throw loginRequired(origin, pathPrefix)
    return startLogin(request, reply, { returnTo: judgeReturnTo(request.raw.url ?? '/', origin) ?? '/' })
  }
