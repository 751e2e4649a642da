import type { TenantConfig } from '../config/schema.js'

type Issuers = Pick<TenantConfig, 'issuer' | 'issuer_aliases'>

const LONGEST_SHOWN = 200

/**
 * Every `iss` that means this tenant's provider, byte for byte (OIDC Core §2, RFC 9207 §2.4): the configured ones,
 * and the one of its metadata, which `isKnownIssuer` has let in.
 */
export const issuersOf = ({ issuer, issuer_aliases }: Issuers, discovered: string): string[] => [
  ...new Set([issuer, ...issuer_aliases, discovered]),
]

/**
 * Whether metadata are those of the tenant's provider (OIDC Discovery §4.3). URLs are compared, so that a slash behind
 * a hostname does not matter: nobody else can own the other one.
 */
export const isKnownIssuer = ({ issuer, issuer_aliases }: Issuers, found: string): boolean =>
  URL.canParse(found) &&
  [issuer, ...issuer_aliases].some((known) => new URL(known).href === new URL(found).href)

/**
 * Whether the `iss` of a sign-in that starts elsewhere means the tenant's provider (OIDC Core §4): a slash at the end
 * is forgiven, for nothing but a login comes of it.
 */
export const acceptsIssuer = ({ issuer, issuer_aliases }: Issuers, iss: string): boolean =>
  [issuer, ...issuer_aliases].some((known) => withoutSlash(known) === withoutSlash(iss))

const withoutSlash = (issuer: string): string => issuer.replace(/\/$/, '')

/** What the operator has to do about an issuer that is not the tenant's. */
export const foreignIssuer = (where: string, found: unknown): string =>
  `${where} the issuer ${shown(found)}: if that is right, make it the tenant's issuer or one of its issuer_aliases`

const shown = (found: unknown): string => JSON.stringify(found)?.slice(0, LONGEST_SHOWN) ?? 'undefined'
