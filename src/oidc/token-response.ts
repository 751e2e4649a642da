import * as z from 'zod'
import type { TenantConfig } from '../config/schema.js'
import type { Tokens } from '../tokens.js'

const text = z.string().min(1)

// Members beside the access token that make no sense are as if they had not been sent: the rest is precious.
const Body = z.object({
  access_token: text,
  expires_in: z.coerce.number().optional().catch(undefined),
  refresh_token: text.optional().catch(undefined),
  id_token: text.optional().catch(undefined),
})

/** What is used of a token response (RFC 6749 §5.1, OIDC Core §3.1.3.3). */
export type TokenResponse = z.infer<typeof Body>

/** Reads the body of a token response; `undefined` where it grants no access token. */
export const readTokenResponse = (body: unknown): TokenResponse | undefined => Body.safeParse(body).data

/** Seconds: a year. */
const LONGEST_LIFETIME = 31_536_000

interface Circumstances {
  readonly tenant: TenantConfig
  /** Milliseconds since the epoch. */
  readonly now: number
  /** What a refresh started from. */
  readonly held?: Tokens
}

/**
 * The tokens to keep; a refresh token that was not sent again stays (RFC 6749 §6), and so does the ID token that was
 * held, until another is verified.
 */
export function toTokens(response: TokenResponse, { tenant, now, held }: Circumstances): Tokens {
  const lifetime = response.expires_in
  // A token that is dead on arrival, or immortal, says nothing about when to ask again.
  const isSensible = lifetime !== undefined && lifetime > 0 && lifetime <= LONGEST_LIFETIME
  return {
    access_token: response.access_token,
    expires_at: isSensible ? now + lifetime * 1000 : undefined,
    refresh_token: tenant.refresh_tokens ? (response.refresh_token ?? held?.refresh_token) : undefined,
    id_token: held?.id_token ?? response.id_token ?? '',
  }
}
