import { errors, type JWTPayload } from 'jose'
import type { IDToken } from 'openid-client'
import type { ClientContext } from './client-context.js'
import type { Connection } from './connection.js'
import { foreignIssuer } from './issuer.js'

/** Seconds by which an ID token may have expired, as openid-client allows. */
const EXPIRY_TOLERANCE = 30
/** Milliseconds by which the provider's clock may be ahead. */
const CLOCK_TOLERANCE = 300_000

/**
 * The claims of an ID token of this client, verified but for its nonce: signature, `iss`, `aud`, `azp`, `exp`, `iat`
 * (OIDC Core §3.1.3.7). Rejects with `provider_unavailable` when the keys cannot be had, with another error when the
 * token is not to be trusted.
 */
export async function verifyIdToken({ provider, tenant, now }: ClientContext, jwt: string): Promise<IDToken> {
  const payload = await verifyJwt(await provider.connection(), tenant.client_id, jwt)
  const { sub, iat = 0, aud, azp } = payload
  // Without a name there is nobody; and a token from the future says that one of the clocks is wrong.
  if (typeof sub !== 'string' || sub === '') throw new Error('the ID token has an empty sub')
  if (iat * 1000 > now() + CLOCK_TOLERANCE)
    throw new Error('the ID token is from the future: check the clocks')
  const isShared = Array.isArray(aud) && aud.length > 1
  if (azp === undefined ? isShared : azp !== tenant.client_id) {
    throw new Error('the ID token was issued to another client (azp)')
  }
  return payload as IDToken
}

async function verifyJwt(
  { keySet, issuers }: Connection,
  audience: string,
  jwt: string,
): Promise<JWTPayload> {
  try {
    return await keySet.verify(jwt, {
      issuer: [...issuers],
      audience,
      requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat'],
      clockTolerance: EXPIRY_TOLERANCE,
    })
  } catch (error) {
    const isForeign = error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss'
    // Its signature is good: the provider and the configuration mean different names.
    throw isForeign ? new Error(foreignIssuer('an ID token names', error.payload.iss)) : error
  }
}
