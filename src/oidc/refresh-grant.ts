import * as client from 'openid-client'
import type { Grant, RefreshAnswer } from '../tokens.js'
import { toIdentity } from './claims.js'
import type { ClientContext } from './client-context.js'
import { classifyFailure, describeFailure } from './failure.js'
import { type TokenResponse, toTokens } from './token-response.js'
import { fetchUserInfo } from './user-info.js'

/** Redeems the refresh token of a grant (RFC 6749 §6); never rejects, for the outcome decides over a session. */
export async function redeemRefreshToken(context: ClientContext, grant: Grant): Promise<RefreshAnswer> {
  const { refresh_token } = grant.tokens
  if (refresh_token === undefined) return { kind: 'failed', reason: 'there is no refresh token' }
  try {
    const configuration = await context.provider.configuration()
    return await toAnswer(context, grant, await client.refreshTokenGrant(configuration, refresh_token))
  } catch (error) {
    const kind = classifyFailure(error) === 'invalid_grant' ? 'ended' : 'failed'
    return { kind, reason: describeFailure(error) }
  }
}

async function toAnswer(
  context: ClientContext,
  grant: Grant,
  response: TokenResponse,
): Promise<RefreshAnswer> {
  const { sub } = grant.identity
  const idToken = response.claims()
  // OIDC Core §12.2: a refreshed ID token names the same person, or something is badly wrong.
  if (idToken !== undefined && idToken.sub !== sub) {
    return { kind: 'ended', reason: 'the refreshed ID token names another subject' }
  }
  const tokens = toTokens(response, { tenant: context.tenant, now: context.now(), held: grant.tokens })
  const userInfo = await fetchUserInfo(context, { tokens, sub, known: idToken ?? {} }).catch(
    () => 'failed' as const,
  )
  // A claim that was taken away must go; but the rotated token must not be lost for want of an answer.
  const isComplete = idToken !== undefined && userInfo !== 'failed'
  const identity = toIdentity(sub, {
    previous: isComplete ? undefined : grant.identity,
    userInfo: userInfo === 'failed' ? undefined : userInfo,
    idToken,
  })
  return { kind: 'refreshed', tokens, identity }
}
