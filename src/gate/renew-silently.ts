import type { FastifyReply, FastifyRequest } from 'fastify'
import { isNavigation } from '../headers/navigation.js'
import { idTokenExpiry } from '../oidc/id-token-expiry.js'
import { judgeReturnTo } from '../oidc/return-to.js'
import { fittingReturnTo } from '../oidc/transaction.js'
import type { Services } from '../services.js'
import type { StartLogin } from './challenge.js'

/** Milliseconds for which a session, new or once asked about, is left alone: whatever the provider says, no loop. */
const PAUSE = 300_000

/**
 * Where a tenant has no refresh tokens: once the ID token has expired, a navigation asks the provider whether the
 * person is still signed in there (`prompt=none`, OIDC Core §3.1.2.1). Nothing but a navigation is ever redirected,
 * and what stands in the way of asking leaves the session as it is.
 */
export const renewSilently = (services: Services, startLogin: StartLogin) =>
  function renewSilently(request: FastifyRequest, reply: FastifyReply): undefined | Promise<void> {
    if (!isDue(request, services.now())) return undefined
    const returnTo = judgeReturnTo(request.raw.url ?? '/', request.requireSite().origin)
    // An address that no transaction can hold would come back without its query.
    if (returnTo === undefined || fittingReturnTo(returnTo) !== returnTo) return undefined
    return ask(services, startLogin, request, reply, returnTo)
  }

async function ask(
  services: Services,
  startLogin: StartLogin,
  request: FastifyRequest,
  reply: FastifyReply,
  returnTo: string,
): Promise<void> {
  try {
    if (await isFirst(services, request)) await startLogin(request, reply, { returnTo, isSilent: true })
  } catch (error) {
    request.failureEvent = null
    request.log.info({ reason: error instanceof Error ? error.message : String(error) }, 'no silent renewal')
  }
}

function isDue(request: FastifyRequest, now: number): boolean {
  const { opened } = request
  if (opened === null || !isNavigation(request.method, request.headers)) return false
  if (request.requireAccess().unauthenticated === 401) return false
  const { refresh_tokens, authorization_params } = request.requireSite().tenant.config
  // Who says `prompt` wants people to be asked at every sign-in.
  if (refresh_tokens || authorization_params.prompt !== undefined) return false
  const { tokens, created_at } = opened.session
  const expiry = idTokenExpiry(tokens.id_token)
  return expiry !== undefined && now >= expiry && now - created_at >= PAUSE
}

// Noted before the browser leaves, so that it also holds for one that never comes back, and for its other tabs.
async function isFirst({ store }: Services, request: FastifyRequest): Promise<boolean> {
  const { tenant } = request.requireSite()
  return store.add(`silent:${tenant.id}:${request.opened?.session.id}`, '1', PAUSE)
}
