import type { TenantConfig } from '../config/schema.js'
import { canonicalHostname } from './hostname.js'
import type { Site, Tenant } from './tenant.js'

/** All tenants, found by the hostname of a request. */
export interface TenantRegistry {
  readonly tenants: readonly Tenant[]
  /** The site of a Host value in any spelling; `undefined` when no tenant has that hostname. */
  resolve(host: string | undefined): Site | undefined
}

/** Builds the registry; the configuration has made sure that no hostname occurs twice. */
export function createTenantRegistry(configs: readonly TenantConfig[]): TenantRegistry {
  const tenants = configs.map((config): Tenant => ({ id: config.id, config }))
  const sites = new Map<string, Site>()
  const usual = new Map<string, Site>()
  for (const tenant of tenants) {
    for (const origin of tenant.config.origins) {
      const { hostname, host } = new URL(origin)
      const site = { tenant, origin }
      sites.set(hostname, site)
      // As browsers spell it, which is found without a closer look.
      usual.set(host, site)
    }
  }
  return {
    tenants,
    resolve(host) {
      if (host === undefined) return undefined
      return usual.get(host) ?? sites.get(canonicalHostname(host) ?? '')
    },
  }
}
