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

// They tell of the sign-in, not of the person: of what UserInfo says, people may have written some.
const SIGN_IN_CLAIMS = new Set(['iss', 'sid', 'acr', 'amr', 'auth_time'])

const personClaims = (claims: object): [string, Claim][] =>
  Object.entries(claims).filter(([name, value]) => !TOKEN_CLAIMS.has(name) && value !== undefined)

/** What an identity knows of its sign-in alone. */
export const signInOf = ({ sub, claims }: Identity): Identity => ({
  sub,
  claims: Object.fromEntries(Object.entries(claims).filter(([name]) => SIGN_IN_CLAIMS.has(name))),
})

/** Which claims an identity is made of; later sources are trusted more. */
export interface ClaimSources {
  /** What was known before a refresh that brought no ID token or no UserInfo. */
  readonly previous?: Identity | undefined
  readonly userInfo?: UserInfoResponse | undefined
  readonly idToken?: IDToken | undefined
}

/** The identity made of a validated ID token, completed by UserInfo and by what was known before. */
export function toIdentity(sub: string, { previous, userInfo, idToken }: ClaimSources): Identity {
  const fromUserInfo = personClaims(userInfo ?? {}).filter(([name]) => !SIGN_IN_CLAIMS.has(name))
  const entries = [...personClaims(previous?.claims ?? {}), ...fromUserInfo, ...personClaims(idToken ?? {})]
  return { sub, claims: { ...Object.fromEntries(entries), sub } }
}
