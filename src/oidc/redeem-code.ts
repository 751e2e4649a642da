import * as client from 'openid-client'
import { boundedFetch } from './bounded-fetch.js'
import type { Connection } from './connection.js'
import { readTokenResponse, type TokenResponse } from './token-response.js'
import type { LoginTransaction } from './transaction.js'

/**
 * Judges an authorization response (state, and `iss` where the provider sends one, RFC 9207 §2.4) and redeems its
 * code (RFC 6749 §4.1.3, RFC 7636); rejects as openid-client does. The ID token is left to `verifyIdToken`, which
 * knows every name that the provider goes by.
 */
export async function redeemCode(
  { configuration, issuers, loginConfiguration }: Connection,
  response: URL,
  transaction: LoginTransaction,
): Promise<TokenResponse> {
  let id_token: string | undefined
  const keepIdToken: client.CustomFetch = async (url, options) => {
    const answer = await boundedFetch(url, options)
    if (!answer.ok) return answer
    const body: unknown = await answer
      .clone()
      .json()
      .catch(() => undefined)
    id_token = readTokenResponse(body)?.id_token
    if (id_token === undefined) return answer
    return Response.json({ ...(body as object), id_token: undefined }, answer)
  }
  const { issuer } = configuration.serverMetadata()
  const named = new URL(response)
  if (issuers.includes(response.searchParams.get('iss') ?? '')) named.searchParams.set('iss', issuer)
  const tokens = await client.authorizationCodeGrant(loginConfiguration(keepIdToken), named, {
    expectedState: transaction.state,
    pkceCodeVerifier: transaction.code_verifier,
  })
  const { access_token, expires_in, refresh_token } = tokens
  return { access_token, expires_in, refresh_token, id_token }
}
