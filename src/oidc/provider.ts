import * as client from 'openid-client'
import type { TenantConfig } from '../config/schema.js'
import { DoorwardError } from '../errors.js'
import { boundedFetch } from './bounded-fetch.js'
import { type Connection, createConnection, TIMEOUTS } from './connection.js'
import { describeFailure } from './failure.js'

/** The provider of one tenant. */
export interface Provider {
  /**
   * Resolves this tenant's client there, discovering the metadata at the first use. Rejects with
   * `provider_unavailable` while the issuer cannot be reached, at once during the pause after a failure.
   */
  connection(): Promise<Connection>
}

/** Milliseconds between discovery attempts: the first pause, doubled up to one that nobody takes for an outage. */
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 5000

/** Builds the provider of a tenant; nothing is asked of the issuer before somebody needs it. */
export function createProvider(tenant: TenantConfig, now: () => number): Provider {
  let discovered: Promise<Connection> | undefined
  let pause = FIRST_PAUSE
  let retryAt = 0

  async function attempt(): Promise<Connection> {
    try {
      const connection = createConnection(await discover(tenant), { tenant, now, timeouts: TIMEOUTS })
      pause = FIRST_PAUSE
      return connection
    } catch (cause) {
      retryAt = now() + pause
      pause = Math.min(pause * 2, LONGEST_PAUSE)
      discovered = undefined
      const reason = `discovery of ${tenant.issuer} failed: ${describeFailure(cause)}`
      throw new DoorwardError('provider_unavailable', { cause, reason })
    }
  }

  return {
    async connection() {
      if (discovered === undefined && now() < retryAt) {
        const reason = `discovery of ${tenant.issuer} failed a moment ago; it is tried again shortly`
        throw new DoorwardError('provider_unavailable', { reason })
      }
      discovered ??= attempt()
      return discovered
    },
  }
}

async function discover({ issuer, client_id }: TenantConfig): Promise<client.ServerMetadata> {
  const url = new URL(issuer)
  const configuration = await client.discovery(url, client_id, {}, client.None(), {
    timeout: TIMEOUTS.call,
    [client.customFetch]: boundedFetch,
    execute: url.protocol === 'http:' ? [client.allowInsecureRequests] : [],
  })
  return configuration.serverMetadata()
}
