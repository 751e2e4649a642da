import type { FastifyReply, FastifyRequest } from 'fastify'
import { openPostedResponse, SEALED_RESPONSE, sealPostedResponse } from '../oidc/posted-response.js'
import type { Services } from '../services.js'
import { parametersOf } from './parameters.js'
import { transactionsOf } from './start-login.js'

/**
 * The parameters of a request to `callback`, those of a sealed response opened; throws `invalid_callback` for one
 * that is not of this tenant and of the last minute.
 */
export function responseOf(services: Services, request: FastifyRequest): URLSearchParams {
  const parameters = parametersOf(request)
  const isPosted = request.requireSite().tenant.config.response_mode === 'form_post'
  const [sealed, ...others] = parameters.getAll(SEALED_RESPONSE)
  // Beside anything else it is one of the doubled answers that the callback refuses.
  const isSealed = sealed !== undefined && others.length === 0 && parameters.size === 1
  return isPosted && request.method === 'GET' && isSealed
    ? openPostedResponse(sealed, circumstances(services, request))
    : parameters
}

/**
 * Whether a response came by a POST without the cookie of its login, as every form that another site sends does: a
 * login that has none at all is refused when the browser comes again.
 */
export function isWithoutCookies(services: Services, request: FastifyRequest, state: string): boolean {
  const { tenant } = request.requireSite()
  const isPosted = tenant.config.response_mode === 'form_post' && request.body instanceof URLSearchParams
  return isPosted && transactionsOf(services, request).find(state) === undefined
}

/** Sends the browser to `callback` again, by a GET that has its cookies and a sealed response in place of the form. */
export function bringAgain(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: URLSearchParams,
): FastifyReply {
  const { origin } = request.requireSite()
  const sealed = sealPostedResponse(parameters, circumstances(services, request))
  return reply
    .header('cache-control', 'no-store')
    .redirect(`${origin}${services.pathPrefix}/callback?${SEALED_RESPONSE}=${sealed}`, 303)
}

function circumstances({ sealer, now }: Services, request: FastifyRequest) {
  const { tenant, origin } = request.requireSite()
  return { sealer, tenant: tenant.id, origin, now: now() }
}
