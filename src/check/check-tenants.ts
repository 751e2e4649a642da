import type { TenantConfig } from '../config/schema.js'
import { type CheckOptions, checkTenant } from './check-tenant.js'
import { type Finding, hasErrors } from './finding.js'

/** What was found out about one tenant. */
export interface TenantReport {
  readonly id: string
  readonly issuer: string
  /** `undefined` where nobody waited for the answers. */
  readonly findings: readonly Finding[] | undefined
}

/** How far a check has come. */
export interface Progress {
  readonly tenants: number
  readonly asked: number
  readonly failing: number
  /** The tenants that are being asked about. */
  readonly waiting: readonly string[]
}

interface RunOptions extends CheckOptions {
  /** Called whenever a tenant is begun or done. */
  readonly onProgress: (progress: Progress) => void
  /** Whoever aborts it has what is known by then. */
  readonly stop: AbortSignal
}

/** Enough to be quick with a hundred issuers, few enough not to look like an attack on one of them. */
const AT_ONCE = 8

/** Checks all tenants, some at a time; the reports are in the order of the tenants. */
export async function checkTenants(
  tenants: readonly TenantConfig[],
  { onProgress, stop, ...options }: RunOptions,
): Promise<TenantReport[]> {
  const reports = tenants.map(({ id, issuer }): TenantReport => ({ id, issuer, findings: undefined }))
  const waiting = new Set<string>()
  let asked = 0
  let failing = 0
  const tell = () => onProgress({ tenants: tenants.length, asked, failing, waiting: [...waiting] })
  // Shared by the workers: each takes the next one that nobody has.
  const queue = tenants.entries()
  const work = async () => {
    for (const [index, tenant] of queue) {
      const { id, issuer } = tenant
      waiting.add(id)
      tell()
      const findings = await checkTenant(tenant, options)
      if (stop.aborted) return
      reports[index] = { id, issuer, findings }
      asked += 1
      if (hasErrors(findings)) failing += 1
      waiting.delete(id)
      tell()
    }
  }
  const stopped = new Promise<void>((resolve) => {
    stop.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([Promise.all(Array.from({ length: AT_ONCE }, work)), stopped])
  return reports
}
