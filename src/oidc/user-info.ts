import * as client from 'openid-client'
import { claimAt } from '../claim-path.js'
import type { Tokens } from '../tokens.js'
import type { ClientContext } from './client-context.js'

interface UserInfoRequest {
  readonly tokens: Tokens
  readonly sub: string
  /** Claims that are known without asking. */
  readonly known: object
}

/**
 * The UserInfo response (OIDC Core §5.3), its `sub` compared; `undefined` where it is not wanted: `auto` asks only
 * for a claim that headers or rules need and the ID token lacks. Rejects as openid-client does.
 */
export async function fetchUserInfo(
  { tenant, provider, neededClaims }: ClientContext,
  { tokens, sub, known }: UserInfoRequest,
): Promise<client.UserInfoResponse | undefined> {
  const isAuto = tenant.userinfo === 'auto'
  const wanted = isAuto
    ? neededClaims.some((path) => claimAt(known, path) === undefined)
    : tenant.userinfo === 'always'
  if (!wanted) return undefined
  const { configuration } = await provider.connection()
  const offered = configuration.serverMetadata().userinfo_endpoint !== undefined
  return isAuto && !offered ? undefined : client.fetchUserInfo(configuration, tokens.access_token, sub)
}
