import { decodeProtectedHeader, type JWTPayload } from 'jose'
import type { ClientContext } from './client-context.js'

/** What a JWT with which the provider asks for something must say. */
interface ExpectedToken {
  /** Values of the header's `typ` in lower case and without `application/`; `undefined` where it may be absent. */
  readonly types: readonly (string | undefined)[]
  readonly audience: string
  /** Any where not said. */
  readonly subject?: string
}

/** What makes a token once-only (RFC 8417 §2.2). */
export interface OnceOnly {
  readonly jti: string
  /** Milliseconds since the epoch from which the token is refused for its age. */
  readonly refused_from: number
}

/** A verified JWT with which the provider asks for something. */
export interface SecurityToken extends OnceOnly {
  readonly claims: JWTPayload
}

/** Seconds by which the provider's clock may differ. */
export const CLOCK_TOLERANCE = 60
/** Seconds since its `iat` for which a token counts, whatever its `exp`: it asks for something now, or is sent again. */
export const LONGEST_LIFE = 600

/**
 * Verifies a JWT that is neither an ID token nor an access token: `typ`, signature with the provider's keys, `iss`,
 * `aud`, `sub`, `iat`, `nbf`, `exp` and `jti`. Rejects with `provider_unavailable` when the keys cannot be had, with
 * another error when the token is not to be trusted.
 */
export async function verifySecurityToken(
  context: ClientContext,
  jwt: string,
  { types, ...expected }: ExpectedToken,
): Promise<SecurityToken> {
  // Before anybody is asked for anything: who sends garbage causes no call.
  requireType(jwt, types)
  const { keySet, issuers } = await context.provider.connection()
  const claims = await keySet.verify(jwt, {
    ...expected,
    issuer: [...issuers],
    requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti'],
    currentDate: new Date(context.now()),
    clockTolerance: CLOCK_TOLERANCE,
    maxTokenAge: LONGEST_LIFE,
  })
  const { jti, iat = 0, exp = 0 } = claims
  if (typeof jti !== 'string' || jti === '') throw new Error('the token has no jti')
  const last = Math.min(exp, iat + LONGEST_LIFE) + CLOCK_TOLERANCE
  return { claims, jti, refused_from: (last + 1) * 1000 }
}

/** Characters: those of providers have some hundreds. */
const LONGEST_TOKEN = 16_384

// RFC 8725 §3.11: what one kind of JWT is for, no other may do.
function requireType(jwt: string, types: ExpectedToken['types']): void {
  if (jwt.length > LONGEST_TOKEN) throw new Error('the token is too long')
  const { typ, crit } = decodeProtectedHeader(jwt)
  // RFC 7515 §4.1.11: no extension is understood here.
  if (crit !== undefined) throw new Error('the token has extensions (crit)')
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ
  if (!types.includes(type)) throw new Error('the token is of another type (typ)')
}
