import { isDeepStrictEqual } from 'node:util'
import type { ServerMetadata } from 'openid-client'
import type { TenantConfig } from '../config/schema.js'
import { DoorwardError } from '../errors.js'
import { NO_KEYS, type SigningKeys } from '../keys/signing-keys.js'
import { boundedFetch } from './bounded-fetch.js'
import { createClientAuthentication } from './client-authentication.js'
import { credentialsOf } from './client-credentials.js'
import { type Connection, createConnection, TIMEOUTS } from './connection.js'
import { describeFailure } from './failure.js'
import { createDiscovery } from './issuer-metadata.js'
import { observeFetch } from './observed-fetch.js'
import { NO_REPORT, type ProviderReport } from './provider-report.js'

/** The provider of one tenant. */
export interface Provider {
  /**
   * Resolves this tenant's client there, discovering the metadata at the first use. Rejects with
   * `provider_unavailable` while the issuer cannot be reached and with `login_misconfigured` while it is another one
   * than configured, at once during the pause after a failure.
   */
  connection(): Promise<Connection>
}

/** Milliseconds between discovery attempts: the first pause, doubled up to one that nobody takes for an outage. */
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 5000
/** Milliseconds after which known metadata are asked for again, and after which once more where that fails. */
const REVISIT = 86_400_000
const REVISIT_AGAIN = 3_600_000

// So that the tenants of one start do not all come back together.
const revisitTime = (): number => REVISIT * (0.9 + Math.random() * 0.2)

interface ProviderOptions {
  readonly now: () => number
  /** Of a client that authenticates with a key. */
  readonly keys?: SigningKeys
  readonly report?: ProviderReport
}

/**
 * Builds the provider of a tenant; nothing is asked of the issuer before somebody needs it, and nothing again but by
 * who needs it: ten thousand idle tenants cost nothing.
 */
export function createProvider(
  tenant: TenantConfig,
  { now, keys = NO_KEYS, report = NO_REPORT }: ProviderOptions,
): Provider {
  const candidates = () => credentialsOf(tenant, { keys, now })
  const parts = {
    tenant,
    now,
    timeouts: TIMEOUTS,
    report,
    authentication: createClientAuthentication({ candidates, now, report }),
  }
  const discover = createDiscovery(
    tenant,
    TIMEOUTS.call,
    observeFetch(boundedFetch, report.called, () => 'discovery'),
  )
  let known: { readonly connection: Connection; readonly metadata: ServerMetadata } | undefined
  let first: Promise<Connection> | undefined
  let failure: DoorwardError | undefined
  let pause = FIRST_PAUSE
  let retryAt = 0
  let revisitAt = 0
  let complaint: string | undefined

  async function attempt(): Promise<Connection> {
    try {
      const metadata = await discover()
      known = { metadata, connection: createConnection(metadata, parts) }
      revisitAt = now() + revisitTime()
      return known.connection
    } catch (error) {
      failure = error as DoorwardError
      retryAt = now() + pause
      pause = Math.min(pause * 2, LONGEST_PAUSE)
      first = undefined
      throw error
    }
  }

  // What works is given up only for what is known to work.
  async function revisit(before: NonNullable<typeof known>): Promise<void> {
    const metadata = await discover()
    if (!isDeepStrictEqual(metadata, before.metadata)) {
      requireComplete(metadata)
      const keySet = hasSameKeys(metadata, before.metadata) ? before.connection.keySet : undefined
      const connection = createConnection(metadata, { ...parts, keySet })
      await connection.keySet.load()
      known = { metadata, connection }
    }
    revisitAt = now() + revisitTime()
    complaint = undefined
  }

  // An outage of hours is told once, and what it turns into once more.
  function complain(error: unknown): void {
    const reason = error instanceof DoorwardError ? error.message : describeFailure(error)
    if (reason !== complaint) report.metadataKept(reason)
    complaint = reason
  }

  return {
    async connection() {
      if (known !== undefined) {
        if (now() >= revisitAt) {
          revisitAt = now() + REVISIT_AGAIN
          revisit(known).catch(complain)
        }
        return known.connection
      }
      if (first === undefined && failure !== undefined && now() < retryAt) {
        const reason = `${failure.reason}; that was a moment ago, it is tried again shortly`
        throw new DoorwardError(failure.code, { reason })
      }
      first ??= attempt()
      return first
    },
  }
}

function requireComplete(metadata: ServerMetadata): void {
  const missing = (['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const).filter(
    (name) => metadata[name] === undefined,
  )
  if (missing.length === 0) return
  const reason = `discovery of ${metadata.issuer} found no ${missing.join(', ')}: check the authorization server there, or the tenant's issuer`
  throw new DoorwardError('login_misconfigured', { reason })
}

const hasSameKeys = (a: ServerMetadata, b: ServerMetadata): boolean =>
  a.jwks_uri === b.jwks_uri &&
  isDeepStrictEqual(a.id_token_signing_alg_values_supported, b.id_token_signing_alg_values_supported)
