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
  | ({ readonly kind: 'refreshed' } & Grant)
  /** `invalid_grant`: the provider has ended the grant. */
  | { readonly kind: 'ended'; readonly reason: string }
  /** Anything else says nothing about the person: network, timeout, 429, 5xx, `invalid_client`. */
  | { readonly kind: 'failed'; readonly reason: string }
