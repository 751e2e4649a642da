import type { Steps } from './slices.js'
import type { TenantRegistry } from './tenant/registry.js'
import type { Tenant } from './tenant/tenant.js'
import {
  createTenantServices,
  type Predecessor,
  type SharedServices,
  type TenantServices,
} from './tenant-services.js'

/** The parts of all tenants, of this configuration and of those before that requests are still under way in. */
export interface AllTenantServices {
  of(tenant: Tenant): TenantServices
  /** Prepares a change of the configuration: who is another one in it inherits what is known of the one before. */
  succeed(before: TenantRegistry, after: TenantRegistry): Steps<void>
  /** Gives revocations of these and of all former tenants their last try; resolves when none is under way any more. */
  settle(registry: TenantRegistry): Promise<void>
}

/** Begins without any: nothing of a tenant runs before its first request, and of ten thousand most are idle. */
export function createAllTenantServices(shared: SharedServices): AllTenantServices {
  // Weak, so that a former tenant goes with the last request that began in it.
  const parts = new WeakMap<Tenant, TenantServices>()
  const leaving = new Set<Promise<void>>()

  function leave({ revocations }: TenantServices): void {
    const left = revocations.settle().finally(() => leaving.delete(left))
    leaving.add(left)
  }

  function* usedOf({ tenants }: TenantRegistry, after: TenantRegistry): Steps<Map<string, Predecessor>> {
    const staying = new Set(after.tenants)
    const used = new Map<string, Predecessor>()
    for (const tenant of tenants) {
      const services = staying.has(tenant) ? undefined : parts.get(tenant)
      if (services !== undefined) used.set(tenant.id, { config: tenant.config, services })
      yield
    }
    return used
  }

  return {
    of(tenant) {
      const known = parts.get(tenant)
      if (known !== undefined) return known
      const made = createTenantServices(tenant.config, shared)
      parts.set(tenant, made)
      return made
    },
    *succeed(before, after) {
      const used = yield* usedOf(before, after)
      if (used.size === 0) return
      for (const tenant of after.tenants) {
        const predecessor = used.get(tenant.id)
        if (predecessor === undefined) continue
        parts.set(tenant, createTenantServices(tenant.config, shared, predecessor))
        used.delete(tenant.id)
        yield
      }
      for (const { services } of used.values()) leave(services)
    },
    async settle({ tenants }) {
      const all = tenants.map((tenant) => parts.get(tenant)?.revocations.settle())
      await Promise.all([...all, ...leaving])
    },
  }
}
