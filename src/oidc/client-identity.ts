import { sameSetting } from '../config/same-setting.js'
import type { TenantConfig } from '../config/schema.js'

type Client = Pick<TenantConfig, 'issuer' | 'issuer_aliases' | 'client_id'>

/**
 * The names of a tenant's client at its provider, the one of today first: also under the issuer's other names, so that
 * who moves to a custom domain of the provider stays the same client. Tokens and people are those of a client: another
 * issuer may call another person by the same `sub` (OIDC Core §2), and must not be sent the tokens of the one before.
 */
export const clientNames = ({ issuer, issuer_aliases, client_id }: Client): string[] =>
  [issuer, ...issuer_aliases].map((name) => `${client_id} ${name}`)

/** Whether two configurations of a tenant are one client that authenticates in one way, as far as a provider can tell. */
export function isSameClient(one: TenantConfig, other: TenantConfig): boolean {
  const told = (tenant: TenantConfig) => [
    clientNames(tenant),
    tenant.client_secret,
    tenant.client_key,
    tenant.token_endpoint_auth_method,
  ]
  return sameSetting(told(one), told(other))
}
