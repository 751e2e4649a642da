import type { TenantConfig } from '../config/schema.js'
import type { Timeouts } from '../oidc/connection.js'
import { checkClient } from './check-client.js'
import { checkIssuer, type Metadata } from './check-issuer.js'
import { checkKeys } from './check-keys.js'
import { checkMetadata } from './check-metadata.js'
import { checkOrigins } from './check-origins.js'
import type { Finding } from './finding.js'

/** Where a check is made. */
export interface CheckOptions {
  readonly pathPrefix: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly timeouts: Timeouts
}

/** Asks the provider of a tenant everything that a sign-in will need; changes nothing there, and never rejects. */
export async function checkTenant(tenant: TenantConfig, options: CheckOptions): Promise<Finding[]> {
  const { metadata, findings } = await checkIssuer(tenant, options)
  const answers = metadata === undefined ? [] : await checkProvider(tenant, metadata, options)
  return [...findings, ...answers, ...checkOrigins(tenant.origins, options.pathPrefix)]
}

async function checkProvider(
  tenant: TenantConfig,
  metadata: Metadata,
  options: CheckOptions,
): Promise<Finding[]> {
  const found = checkMetadata(tenant, metadata)
  // Nobody can be asked at an endpoint that is not there.
  const canAsk = !found.some(({ topic }) => topic === 'endpoint')
  const answers = await Promise.all([
    checkKeys(metadata, options.timeouts.call),
    canAsk ? checkClient(tenant, { ...options, metadata }) : [],
  ])
  return [...found, ...answers.flat()]
}
