/** JSON as claims hold it. */
export type Claim = string | number | boolean | null | Claim[] | { [name: string]: Claim }

/** What is kept of a person: the validated claims of the ID token, completed by UserInfo (OIDC Core §5.1). */
export interface Identity {
  /** Unique within one issuer only: people are told apart by (tenant, sub). */
  readonly sub: string
  readonly claims: { readonly [name: string]: Claim }
}
