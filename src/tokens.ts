import type { Identity } from './identity.js'

/** The tokens of a session; they are kept sealed and never leave for logs or endpoints. */
export interface Tokens {
  readonly access_token: string
  /** Milliseconds since the epoch; `undefined` when the provider did not say. */
  readonly expires_at: number | undefined
  /** `undefined` where the provider grants none: then the session lives by its lifetimes alone. */
  readonly refresh_token: string | undefined
  /** Raw: Okta demands it as `id_token_hint` at sign-out. */
  readonly id_token: string
}

/** What a provider said of a person: who it is, and the tokens to prove it. */
export interface Grant {
  readonly identity: Identity
  readonly tokens: Tokens
}

/** What a provider answered to a refresh token (RFC 6749 §6). */
export type RefreshAnswer =
  /** To be kept before anything else is done, for what it was made of is consumed. */
  | {
      readonly kind: 'refreshed'
      /** Their `id_token` is still the one that was held. */
      readonly tokens: Tokens
      /** Raw and not verified; `undefined` where none came. */
      readonly received_id_token: string | undefined
    }
  /** `invalid_grant`: the provider has ended the grant. */
  | { readonly kind: 'ended'; readonly reason: string }
  /** Anything else says nothing about the person. */
  | {
      readonly kind: 'failed'
      readonly reason: string
      /** Whether every session of the tenant would have met it: network, timeout, 429, 5xx, `invalid_client`. */
      readonly concerns: 'tenant' | 'session'
      /** Milliseconds for which the provider wants to be left alone, where it said so. */
      readonly retry_after: number | undefined
    }

/** Whom a refreshed grant belongs to, after its ID token was verified and UserInfo asked where needed. */
export type Confirmation =
  | { readonly kind: 'confirmed'; readonly identity: Identity; readonly id_token: string }
  /** It names another person (OIDC Core §12.2). */
  | { readonly kind: 'ended'; readonly reason: string }
  /** It could not be told: what was known before stays true. */
  | { readonly kind: 'unconfirmed'; readonly reason: string }
