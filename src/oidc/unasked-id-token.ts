import { createHash } from 'node:crypto'
import type { IDToken } from 'openid-client'
import { DoorwardError } from '../errors.js'
import type { ClientContext } from './client-context.js'
import { describeFailure } from './failure.js'
import { verifyIdToken } from './id-token.js'

/** A sign-in that the provider starts with an ID token (Okta's simplified flow). */
export interface UnaskedSignIn {
  /** The same for each copy of the token: what may be used once within the next ten minutes. */
  readonly once: string
  /** Whom to sign in; `undefined` where the token has no name that the provider would know. */
  readonly loginHint: string | undefined
}

/** Milliseconds since it was issued. With the five minutes that a clock may be ahead, a copy is old after ten. */
const LONGEST_AGE = 300_000

/**
 * Whom an ID token that nobody has asked for names: verified in full (OIDC Core §3.1.3.7), without a nonce, since
 * nobody has sent one, and of the last five minutes. Rejects with `invalid_callback` when it is not to be trusted,
 * with `provider_unavailable` when that cannot be told.
 */
export async function readUnaskedIdToken(context: ClientContext, jwt: string): Promise<UnaskedSignIn> {
  const claims = await verified(context, jwt)
  if (context.now() - claims.iat * 1000 > LONGEST_AGE) throw refusal('it was issued more than 5 minutes ago')
  const { nonce, preferred_username, email } = claims
  // A nonce answers a request (OIDC Core §2): the token is that of a sign-in, which an app or its log may have shown.
  if (nonce !== undefined) throw refusal('it has a nonce, so it was issued for another sign-in')
  return {
    once: typeof claims.jti === 'string' ? `jti:${claims.jti}` : `sha256:${digestOfSigned(jwt)}`,
    loginHint: [preferred_username, email].find((name) => typeof name === 'string' && name !== '') as
      | string
      | undefined,
  }
}

async function verified(context: ClientContext, jwt: string): Promise<IDToken> {
  try {
    return await verifyIdToken(context, jwt)
  } catch (cause) {
    throw cause instanceof DoorwardError ? cause : refusal(describeFailure(cause), cause)
  }
}

const refusal = (why: string, cause?: unknown): DoorwardError =>
  new DoorwardError('invalid_callback', { cause, reason: `an unasked ID token: ${why}` })

// Without the signature: an ECDSA signature has two forms that both verify.
const digestOfSigned = (jwt: string): string =>
  createHash('sha256')
    .update(jwt.slice(0, jwt.lastIndexOf('.')))
    .digest('base64url')
