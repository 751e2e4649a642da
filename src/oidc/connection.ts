import * as client from 'openid-client'
import type { TenantConfig } from '../config/schema.js'
import { boundedFetch } from './bounded-fetch.js'
import { createKeySet, type KeySet } from './key-set.js'

/** Seconds after which a call to the provider is aborted. */
export interface Timeouts {
  readonly call: number
  readonly refresh: number
}

/**
 * How long a provider is waited for. A refresh outlasts a slow provider's answer of 20 seconds, for asking again while
 * the first call may still succeed is what reuse detection punishes; and one more attempt after it still falls into
 * the 30 seconds for which Okta by default tolerates the token before.
 */
export const TIMEOUTS: Timeouts = { call: 10, refresh: 25 }

/** One tenant's client at its discovered provider. */
export interface Connection {
  /** For openid-client: the provider's metadata together with this tenant's credentials. */
  readonly configuration: client.Configuration
  readonly keySet: KeySet
  /** The same for one refresh, with its longer patience; the call goes through `fetch`. */
  refreshConfiguration(fetch: client.CustomFetch): client.Configuration
}

interface ConnectionOptions {
  readonly tenant: TenantConfig
  readonly now: () => number
  readonly timeouts: Timeouts
}

/** Builds the client of a tenant from metadata (OIDC Discovery §3); calls nobody. */
export function createConnection(
  metadata: client.ServerMetadata,
  { tenant, now, timeouts }: ConnectionOptions,
): Connection {
  const isInsecure = metadata.issuer.startsWith('http:')
  const authentication = clientAuthentication(tenant)

  function configure(timeout: number, fetch: client.CustomFetch): client.Configuration {
    const configuration = new client.Configuration(metadata, tenant.client_id, {}, authentication)
    configuration.timeout = timeout
    configuration[client.customFetch] = fetch
    if (isInsecure) client.allowInsecureRequests(configuration)
    return configuration
  }

  return {
    configuration: configure(timeouts.call, boundedFetch),
    keySet: createKeySet(metadata, { now, timeout: timeouts.call }),
    refreshConfiguration: (fetch) => configure(timeouts.refresh, fetch),
  }
}

// The secret is read at each call, so that a changed secret file needs no restart.
function clientAuthentication(tenant: TenantConfig): client.ClientAuth {
  const secret = tenant.client_secret
  if (tenant.token_endpoint_auth_method === 'client_secret_post') {
    return (server, metadata, body, headers) =>
      client.ClientSecretPost(secret.reveal())(server, metadata, body, headers)
  }
  return (_server, metadata, _body, headers) => {
    // Okta documents Base64(client_id:client_secret) as it is; RFC 6749 §2.3.1 would percent-encode "-" and "_".
    const credentials = Buffer.from(`${metadata.client_id}:${secret.reveal()}`).toString('base64')
    headers.set('authorization', `Basic ${credentials}`)
  }
}
