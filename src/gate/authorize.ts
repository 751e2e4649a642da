import type { FastifyReply, FastifyRequest } from 'fastify'
import { judge } from '../access/judge.js'
import { DoorwardError } from '../errors.js'
import { isNavigation } from '../headers/navigation.js'
import { judgeReturnTo } from '../oidc/return-to.js'
import type { Services } from '../services.js'
import type { StepUp } from '../step-up.js'
import type { StartLogin } from './challenge.js'

/**
 * Lets a person pass whose claims and sign-in satisfy the rule. Who has to prove more is sent to the provider where
 * that is possible, and gets 401 otherwise (RFC 9470).
 */
export const authorize = ({ now }: Pick<Services, 'now'>, startLogin: StartLogin) =>
  async function authorize(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { opened } = request
    if (opened === null) return undefined
    const verdict = judge(request.requireAccess(), opened.session.identity, now())
    if (verdict.kind === 'allowed') return undefined
    request.failureEvent = 'access.denied'
    if (verdict.kind === 'forbidden') {
      const { rule, claim } = verdict.missing
      throw new DoorwardError('forbidden', { reason: `${rule} demands another value of the claim ${claim}` })
    }
    const { stepUp } = verdict
    if (!isNavigation(request.method, request.headers)) throw insufficient(reply, stepUp)
    const { origin } = request.requireSite()
    const returnTo = judgeReturnTo(request.raw.url ?? '/', origin) ?? '/'
    return startLogin(request, reply, { returnTo, stepUp })
  }

function insufficient(reply: FastifyReply, { acr_values, max_age }: StepUp): DoorwardError {
  const demanded = {
    ...(acr_values.length === 0 ? {} : { acr_values: acr_values.join(' ') }),
    ...(max_age === undefined ? {} : { max_age: String(Math.floor(max_age / 1000)) }),
  }
  const parameters = Object.entries(demanded).map(([name, value]) => `, ${name}="${value}"`)
  reply.header('www-authenticate', `Bearer error="insufficient_user_authentication"${parameters.join('')}`)
  return new DoorwardError('insufficient_user_authentication', {
    reason: 'the rule demands a stronger or more recent sign-in',
    publicFields: demanded,
  })
}
