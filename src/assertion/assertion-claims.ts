import type { Claim, Identity } from '../identity.js'

// Those of the default headers and the name: the whole of what most apps ask a provider for.
const PERSON_CLAIMS = ['email', 'email_verified', 'name', 'preferred_username', 'groups'] as const

/** Whoever asks for assertions wants these; the others come along with them. */
export const NEEDED_CLAIMS: readonly string[] = PERSON_CLAIMS.filter((name) => name !== 'email_verified')

// An app compares types as it finds them: "false" is true to most languages, and one group is no list.
const SHAPES: { readonly [name in (typeof PERSON_CLAIMS)[number]]: (claim: Claim) => Claim | undefined } = {
  email: text,
  email_verified: (claim) => (typeof claim === 'boolean' ? claim : undefined),
  name: text,
  preferred_username: text,
  groups: (claim) => {
    const groups = (Array.isArray(claim) ? claim : [claim]).filter((group) => typeof group === 'string')
    return groups.length === 0 ? undefined : groups
  },
}

/**
 * What an assertion says of a person, each claim in the one type that it is registered with (OIDC Core §5.1); one of
 * another type is left out. Nothing else passes, so that no provider can say `iss` or `tenant`.
 */
export function personClaims({ claims }: Identity): Record<string, Claim> {
  return Object.fromEntries(
    PERSON_CLAIMS.flatMap((name) => {
      const claim = Object.hasOwn(claims, name) ? claims[name] : undefined
      const shaped = claim === undefined ? undefined : SHAPES[name](claim)
      return shaped === undefined ? [] : [[name, shaped]]
    }),
  )
}

function text(claim: Claim): Claim | undefined {
  return typeof claim === 'string' ? claim : undefined
}
