import type { TenantConfig } from '../config/schema.js'
import type { Metadata } from './check-issuer.js'
import { error, type Finding, warning } from './finding.js'

/** Looks for what a sign-in needs in the metadata of a provider. */
export function checkMetadata(tenant: TenantConfig, metadata: Metadata): Finding[] {
  return [...checkEndpoints(metadata), ...checkPkce(metadata), ...checkRefreshTokens(tenant, metadata)]
}

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint'] as const

function checkEndpoints(metadata: Metadata): Finding[] {
  const isInsecure = metadata.issuer.startsWith('http:')
  return ENDPOINTS.flatMap((name) => {
    const url = metadata[name]
    const ask = 'ask whoever runs the provider'
    if (url === undefined) return [error('endpoint', `the provider's metadata have no ${name}: ${ask}`)]
    if (URL.canParse(url) && (isInsecure || url.startsWith('https://'))) return []
    return [error('endpoint', `the ${name} in the provider's metadata is no https: URL: ${ask}`)]
  })
}

// RFC 8414 §2: where the list is missing, so is PKCE. A provider that does not know it has to ignore it all the same.
function checkPkce({ code_challenge_methods_supported }: Metadata): Finding[] {
  if (listed(code_challenge_methods_supported, 'S256')) return []
  const sentence =
    'the provider does not advertise PKCE (code_challenge_methods_supported without S256): switch it on there; without it a stolen code is worth more'
  return [warning('pkce', sentence)]
}

// Both lists may be incomplete (OIDC Discovery §3), so that what they leave out need not fail.
function checkRefreshTokens({ refresh_tokens }: TenantConfig, metadata: Metadata): Finding[] {
  if (!refresh_tokens) return []
  const { scopes_supported, grant_types_supported } = metadata
  const missing = [
    ...(listed(scopes_supported, 'offline_access') === false ? ['offline_access (scopes_supported)'] : []),
    ...(listed(grant_types_supported, 'refresh_token') === false
      ? ['refresh_token (grant_types_supported)']
      : []),
  ]
  if (missing.length === 0) return []
  const sentence = `the provider does not advertise ${missing.join(', nor ')}: set refresh_tokens: false, or enable the Refresh Token grant`
  return [warning('refresh', sentence)]
}

/** `undefined` where there is no list; nobody has verified what a provider sends. */
const listed = (list: unknown, value: string): boolean | undefined =>
  Array.isArray(list) ? list.includes(value) : undefined
