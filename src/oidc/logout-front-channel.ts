import type { ClientContext } from './client-context.js'
import { acceptedIssuers } from './logout-issuers.js'
import { invalidLogoutRequest, type LogoutSubject } from './logout-token.js'

/**
 * The sign-in that a front-channel logout names, under each spelling of the issuer (OIDC Front-Channel Logout §2);
 * `undefined` when it names none. Rejects with `invalid_request` when it names half of one, two, or a foreign issuer.
 */
export async function readFrontChannelLogout(
  context: ClientContext,
  parameters: URLSearchParams,
): Promise<LogoutSubject[] | undefined> {
  const iss = single(parameters, 'iss')
  const sid = single(parameters, 'sid')
  if (iss === undefined && sid === undefined) return undefined
  if (!iss || !sid) throw invalidLogoutRequest('iss and sid come together or not at all')
  const issuers = await acceptedIssuers(context)
  if (!issuers.includes(iss)) throw invalidLogoutRequest("iss is not this tenant's issuer")
  return issuers.map((spelling) => ({ iss: spelling, sid }))
}

function single(parameters: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = parameters.getAll(name)
  if (others.length > 0) throw invalidLogoutRequest(`${name} came twice`)
  return value
}
