import * as client from 'openid-client'
import type { TenantConfig } from '../config/schema.js'
import { DoorwardError } from '../errors.js'
import { describeFailure } from './failure.js'

/** The provider of one tenant: its discovered metadata together with this tenant's client credentials. */
export interface Provider {
  /**
   * Resolves the openid-client configuration, discovering it at the first use. Rejects with
   * `provider_unavailable` while the issuer cannot be reached, at once during the pause after a failure.
   */
  configuration(): Promise<client.Configuration>
}

/** Seconds; openid-client aborts a call to the provider after that. */
const CALL_TIMEOUT = 10
/** Milliseconds between discovery attempts: the first pause, doubled up to the longest. */
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 30_000

/** Builds the provider of a tenant; nothing is asked of the issuer before somebody needs it. */
export function createProvider(tenant: TenantConfig, now: () => number): Provider {
  let discovered: Promise<client.Configuration> | undefined
  let pause = FIRST_PAUSE
  let retryAt = 0

  async function attempt(): Promise<client.Configuration> {
    try {
      const configuration = await discover(tenant)
      pause = FIRST_PAUSE
      return configuration
    } catch (cause) {
      retryAt = now() + pause
      pause = Math.min(pause * 2, LONGEST_PAUSE)
      discovered = undefined
      const reason = `discovery of ${tenant.issuer} failed: ${describeFailure(cause)}`
      throw new DoorwardError('provider_unavailable', { cause, reason })
    }
  }

  return {
    async configuration() {
      if (discovered === undefined && now() < retryAt) {
        const reason = `discovery of ${tenant.issuer} failed a moment ago; it is tried again shortly`
        throw new DoorwardError('provider_unavailable', { reason })
      }
      discovered ??= attempt()
      return discovered
    },
  }
}

async function discover(tenant: TenantConfig): Promise<client.Configuration> {
  const issuer = new URL(tenant.issuer)
  return client.discovery(issuer, tenant.client_id, {}, clientAuthentication(tenant), {
    timeout: CALL_TIMEOUT,
    execute: [
      // Without it openid-client takes the TLS channel for proof enough and skips the ID token's signature.
      client.enableNonRepudiationChecks,
      ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
    ],
  })
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
