import type { IDToken, UserInfoResponse } from 'openid-client'
import type { Claim, Identity } from '../identity.js'

// They describe the token, not the person; headers and rules have no use for them, and sessions stay small.
const TOKEN_CLAIMS = new Set([
  'aud',
  'azp',
  'exp',
  'iat',
  'nbf',
  'jti',
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'ver',
])

const personClaims = (claims: object): [string, Claim][] =>
  Object.entries(claims).filter(([name, value]) => !TOKEN_CLAIMS.has(name) && value !== undefined)

/** Which claims an identity is made of; later sources are trusted more. */
export interface ClaimSources {
  /** What was known before a refresh that brought no ID token or no UserInfo. */
  readonly previous?: Identity | undefined
  readonly userInfo?: UserInfoResponse | undefined
  readonly idToken?: IDToken | undefined
}

/** The identity made of a validated ID token, completed by UserInfo and by what was known before. */
export function toIdentity(sub: string, { previous, userInfo, idToken }: ClaimSources): Identity {
  const entries = [previous?.claims, userInfo, idToken].flatMap((source) =>
    source ? personClaims(source) : [],
  )
  return { sub, claims: { ...Object.fromEntries(entries), sub } }
}
