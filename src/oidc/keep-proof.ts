import type { Identity } from '../identity.js'

/**
 * The identity that a silent renewal brings to a session of the same person: what their sign-in had proved stays proved
 * while it is still the same one (`auth_time`, OIDC Core §2). Providers name an `acr` only where they are asked for one.
 */
export function keepProof(renewed: Identity, held: Identity | undefined): Identity {
  if (held === undefined || held.sub !== renewed.sub) return renewed
  const { acr, amr, auth_time } = held.claims
  if (auth_time === undefined) return renewed
  // A sign-in that is not dated is not younger than the one that is known, and may be another.
  if (renewed.claims.auth_time === undefined) return withClaims(renewed, { auth_time })
  if (renewed.claims.auth_time !== auth_time) return renewed
  return withClaims(renewed, { ...(acr === undefined ? {} : { acr }), ...(amr === undefined ? {} : { amr }) })
}

const withClaims = ({ sub, claims }: Identity, more: Identity['claims']): Identity => ({
  sub,
  claims: { ...claims, ...more },
})
