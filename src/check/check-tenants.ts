import type { TenantConfig } from '../config/schema.js'
import { type CheckOptions, checkTenant } from './check-tenant.js'
import type { Finding } from './finding.js'

/** What was found out about one tenant. */
export interface TenantReport {
  readonly id: string
  readonly issuer: string
  readonly findings: readonly Finding[]
}

/** Enough to be quick with a hundred issuers, few enough not to look like an attack on one of them. */
const AT_ONCE = 8

/** Checks all tenants, some at a time; the reports are in the order of the tenants. */
export async function checkTenants(
  tenants: readonly TenantConfig[],
  options: CheckOptions,
): Promise<TenantReport[]> {
  const reports: TenantReport[] = []
  // Shared by the workers: each takes the next one that nobody has.
  const queue = tenants.entries()
  const work = async () => {
    for (const [index, tenant] of queue) {
      const { id, issuer } = tenant
      reports[index] = { id, issuer, findings: await checkTenant(tenant, options) }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return reports
}
