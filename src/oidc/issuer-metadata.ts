import * as client from 'openid-client'
import type { TenantConfig } from '../config/schema.js'
import { DoorwardError } from '../errors.js'
import { boundedFetch } from './bounded-fetch.js'
import { describeFailure, statusOf } from './failure.js'
import { foreignIssuer, isKnownIssuer } from './issuer.js'

/**
 * Asks a provider for its metadata. Rejects with `provider_unavailable` when they cannot be had, and with
 * `login_misconfigured` when they are another issuer's.
 */
export type Discover = () => Promise<client.ServerMetadata>

const WELL_KNOWN = '/.well-known/openid-configuration'

/**
 * Builds the discovery of a tenant (OIDC Discovery §4). Okta is asked with the `client_id`, for issuer and `jwks_uri`
 * may be that client's own: a custom domain, pinned keys. Who refuses that parameter is asked without it.
 */
export function createDiscovery(
  tenant: TenantConfig,
  timeout: number,
  fetch: client.CustomFetch = boundedFetch,
): Discover {
  const plain = new URL(tenant.issuer.replace(/\/$/, '') + WELL_KNOWN)
  const forClient = new URL(plain)
  forClient.searchParams.set('client_id', tenant.client_id)
  let knowsClient = false

  async function ask(): Promise<client.ServerMetadata> {
    try {
      const metadata = await fetchMetadata(forClient, timeout, fetch)
      knowsClient = true
      return metadata
    } catch (refusal) {
      // Who has known this client before does so again, and what it says to everybody may be other keys.
      if (knowsClient || !isAboutParameter(refusal)) throw refusal
      return fetchMetadata(plain, timeout, fetch)
    }
  }

  return async () => {
    const metadata = await ask().catch((cause: unknown) => {
      const reason = `discovery of ${tenant.issuer} failed: ${describeFailure(cause)}`
      throw new DoorwardError('provider_unavailable', { cause, reason })
    })
    if (isKnownIssuer(tenant, metadata.issuer)) return metadata
    const reason = foreignIssuer(`discovery of ${tenant.issuer} found`, metadata.issuer)
    throw new DoorwardError('login_misconfigured', { reason })
  }
}

// A provider that is not well says nothing about the parameter.
function isAboutParameter(error: unknown): boolean {
  const status = statusOf(error) ?? 0
  return status >= 300 && status < 500 && status !== 429
}

// openid-client leaves the issuer alone where the URL is that of the document.
async function fetchMetadata(
  url: URL,
  timeout: number,
  fetch: client.CustomFetch,
): Promise<client.ServerMetadata> {
  const configuration = await client.discovery(url, 'none', {}, client.None(), {
    timeout,
    [client.customFetch]: fetch,
    execute: url.protocol === 'http:' ? [client.allowInsecureRequests] : [],
  })
  return configuration.serverMetadata()
}
