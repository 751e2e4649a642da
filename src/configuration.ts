import { DEFAULT_HEADERS } from './config/header-schema.js'
import type { Config, TenantConfig } from './config/schema.js'
import type { Secret } from './config/secret.js'
import { compileTrustedProxies, type TrustedProxies } from './headers/forwarded.js'
import { createHeaderHygiene, type HeaderHygiene } from './headers/hygiene.js'
import type { Steps } from './slices.js'
import { type BuildRegistry, createBuildRegistry, type TenantRegistry } from './tenant/registry.js'

/** What one configuration decides for all requests that begin under it; it is replaced whole. */
export interface Configuration {
  readonly registry: TenantRegistry
  readonly hygiene: HeaderHygiene
  readonly trustedProxies: TrustedProxies
  /** Of the admin API; `undefined` where none is configured: then there is no API. */
  readonly adminToken: Secret | undefined
}

/** Builds what a configuration decides; what is as before is the same object. */
export type BuildConfiguration = (config: Config) => Steps<Configuration>

/** Begins without a configuration before. */
export function createBuildConfiguration(): BuildConfiguration {
  const buildRegistry: BuildRegistry = createBuildRegistry()
  let known: { readonly names: string; readonly hygiene: HeaderHygiene } | undefined
  return function* buildConfiguration({ server, admin, tenants }) {
    const registry = yield* buildRegistry(tenants)
    const ownNames = yield* collectNames(tenants)
    const names = ownNames.join()
    if (known?.names !== names) known = { names, hygiene: createHeaderHygiene(ownNames) }
    return {
      registry,
      hygiene: known.hygiene,
      trustedProxies: compileTrustedProxies(server.trusted_proxies),
      adminToken: admin.token,
    }
  }
}

function* collectNames(tenants: readonly TenantConfig[]): Steps<string[]> {
  // Also where no tenant sets them: tomorrow's configuration may.
  const names = new Set(Object.keys(DEFAULT_HEADERS))
  const seen = new Set<TenantConfig['headers']>()
  for (const { headers } of tenants) {
    if (!seen.has(headers)) for (const name of Object.keys(headers)) names.add(name)
    seen.add(headers)
    yield
  }
  return [...names].sort()
}
