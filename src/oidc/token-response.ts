import type { TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client'
import type { TenantConfig } from '../config/schema.js'
import type { Tokens } from '../tokens.js'

/** A token response (RFC 6749 §5.1) that openid-client has verified. */
export type TokenResponse = TokenEndpointResponse & TokenEndpointResponseHelpers

/** Seconds: a year. */
const LONGEST_LIFETIME = 31_536_000

interface Circumstances {
  readonly tenant: TenantConfig
  /** Milliseconds since the epoch. */
  readonly now: number
  /** What a refresh started from. */
  readonly held?: Tokens
}

/** The tokens to keep; what the provider did not send again stays as it was (RFC 6749 §6, OIDC Core §12.2). */
export function toTokens(response: TokenResponse, { tenant, now, held }: Circumstances): Tokens {
  const lifetime = response.expires_in
  // A token that is dead on arrival, or immortal, says nothing about when to ask again.
  const isSensible = lifetime !== undefined && lifetime > 0 && lifetime <= LONGEST_LIFETIME
  return {
    access_token: response.access_token,
    expires_at: isSensible ? now + lifetime * 1000 : undefined,
    refresh_token: tenant.refresh_tokens ? (response.refresh_token ?? held?.refresh_token) : undefined,
    id_token: response.id_token ?? held?.id_token ?? '',
  }
}
