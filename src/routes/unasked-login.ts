import type { FastifyReply, FastifyRequest } from 'fastify'
import { DoorwardError } from '../errors.js'
import { refuseDoubled, unsolicitedIdToken } from '../oidc/callback.js'
import { judgeReturnTo } from '../oidc/return-to.js'
import { fingerprint } from '../sealer.js'
import { addOnce } from './add-once.js'
import type { RouteOptions } from './index.js'

/** Whether a request posts an ID token that no login here has asked for, as Okta's simplified flow does. */
export const bringsUnaskedIdToken = ({ body }: FastifyRequest): boolean =>
  body instanceof URLSearchParams && body.has('id_token') && !body.has('state')

/**
 * Starts a login for the person whom an unasked ID token names; the token itself signs nobody in, since it may have
 * been taken or planted by anybody. Throws `unsolicited_id_token` unless the tenant has `idp_initiated_login:
 * id_token`, and `invalid_callback` for a token that is not to be trusted or was used before.
 */
export async function startUnaskedLogin(
  { services, startLogin }: RouteOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  request.failureEvent = 'login.failed'
  const { tenant, origin } = request.requireSite()
  if (tenant.config.idp_initiated_login !== 'id_token') throw unsolicitedIdToken()
  const form = request.body as URLSearchParams
  refuseDoubled(form)
  const { relyingParty } = services.of(tenant)
  const { once, loginHint } = await relyingParty.readUnaskedIdToken(form.get('id_token') ?? '')
  if (!(await addOnce(services, `unasked:${tenant.id}:${fingerprint(once)}`))) {
    throw new DoorwardError('invalid_callback', { reason: 'this ID token has been used before' })
  }
  const returnTo = judgeReturnTo(form.get('target_link_uri') ?? '/', origin) ?? '/'
  return startLogin(request, reply, { returnTo, loginHint })
}
