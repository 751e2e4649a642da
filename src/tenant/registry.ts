import type { TenantConfig } from '../config/schema.js'
import { atOnce, type Steps } from '../slices.js'
import { canonicalHostname } from './hostname.js'
import type { Site, Tenant } from './tenant.js'

/** All tenants, found by the hostname of a request. */
export interface TenantRegistry {
  readonly tenants: readonly Tenant[]
  /** The site of a Host value in any spelling; `undefined` when no tenant has that hostname. */
  resolve(host: string | undefined): Site | undefined
}

/** Builds registries one after another: a tenant whose configuration is the same object is the same in all of them. */
export type BuildRegistry = (configs: readonly TenantConfig[]) => Steps<TenantRegistry>

interface Known {
  readonly tenant: Tenant
  readonly sites: readonly { readonly hostname: string; readonly host: string; readonly site: Site }[]
}

/** Begins without knowing any tenant; the configuration has made sure that no hostname occurs twice. */
export function createBuildRegistry(): BuildRegistry {
  const known = new WeakMap<TenantConfig, Known>()
  const find = (config: TenantConfig): Known => {
    const found = known.get(config) ?? describe(config)
    known.set(config, found)
    return found
  }
  return function* buildRegistry(configs) {
    const tenants: Tenant[] = []
    const sites = new Map<string, Site>()
    const usual = new Map<string, Site>()
    for (const config of configs) {
      const { tenant, sites: ofTenant } = find(config)
      tenants.push(tenant)
      for (const { hostname, host, site } of ofTenant) {
        sites.set(hostname, site)
        // As browsers spell it, which is found without a closer look.
        usual.set(host, site)
      }
      yield
    }
    return {
      tenants,
      resolve(host) {
        if (host === undefined) return undefined
        return usual.get(host) ?? sites.get(canonicalHostname(host) ?? '')
      },
    }
  }
}

function describe(config: TenantConfig): Known {
  const tenant: Tenant = { id: config.id, config }
  const sites = config.origins.map((origin) => {
    const { hostname, host } = new URL(origin)
    return { hostname, host, site: { tenant, origin } }
  })
  return { tenant, sites }
}

/** Builds a registry in one go. */
export const createTenantRegistry = (configs: readonly TenantConfig[]): TenantRegistry =>
  atOnce(createBuildRegistry()(configs))
