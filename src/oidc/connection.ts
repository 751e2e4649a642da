import * as client from 'openid-client'
import type { TenantConfig } from '../config/schema.js'
import { boundedFetch } from './bounded-fetch.js'
import type { ClientAuthentication } from './client-authentication.js'
import { issuersOf } from './issuer.js'
import { createKeySet, type KeySet } from './key-set.js'
import { endpointOf, observeFetch } from './observed-fetch.js'
import { NO_REPORT, type ProviderReport } from './provider-report.js'

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
  /** Every `iss` that the provider's tokens and answers may carry. */
  readonly issuers: readonly string[]
  /** The same for one login, whose call goes through `fetch`. */
  loginConfiguration(fetch: client.CustomFetch): client.Configuration
  /** The same for one refresh, with its longer patience; the call goes through `fetch`. */
  refreshConfiguration(fetch: client.CustomFetch): client.Configuration
}

interface ConnectionOptions {
  readonly tenant: TenantConfig
  readonly authentication: ClientAuthentication
  readonly now: () => number
  readonly timeouts: Timeouts
  readonly report?: ProviderReport
  /** Of the connection before; the keys it knows are kept where the metadata mean the same ones. */
  readonly keySet?: KeySet | undefined
}

/** Builds the client of a tenant from metadata (OIDC Discovery §3); calls nobody. */
export function createConnection(
  metadata: client.ServerMetadata,
  { tenant, authentication, now, timeouts, report = NO_REPORT, keySet }: ConnectionOptions,
): Connection {
  const isInsecure = tenant.issuer.startsWith('http:')

  function configure(timeout: number, fetch: client.CustomFetch): client.Configuration {
    const configuration = new client.Configuration(metadata, tenant.client_id, {}, authentication.clientAuth)
    configuration.timeout = timeout
    const observed = observeFetch(fetch, report.called, (url) => endpointOf(metadata, url))
    configuration[client.customFetch] = authentication.wrap(observed, timeout)
    if (isInsecure) client.allowInsecureRequests(configuration)
    return configuration
  }

  return {
    configuration: configure(timeouts.call, boundedFetch),
    keySet: keySet ?? createKeySet(metadata, { now, timeout: timeouts.call, report }),
    issuers: issuersOf(tenant, metadata.issuer),
    loginConfiguration: (fetch) => configure(timeouts.call, fetch),
    refreshConfiguration: (fetch) => configure(timeouts.refresh, fetch),
  }
}
