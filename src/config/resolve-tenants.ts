import type { Steps } from '../slices.js'
import type { Problem } from './problems.js'
import { type Inherited, type Resolved, resolveTenant } from './resolve-tenant.js'
import { keepSame } from './same-setting.js'
import type { TenantConfig } from './schema.js'
import type { TenantDraft } from './tenant-draft.js'

/** The tenants that are right, and what is wrong with the others. */
export interface ResolvedTenants {
  readonly tenants: TenantConfig[]
  readonly problems: readonly Problem[]
}

/** Resolves drafts; a tenant that says the same as one of `before` is that one. */
export type ResolveTenants = (
  drafts: readonly TenantDraft[],
  inherited: Inherited,
  before: readonly TenantConfig[],
) => Steps<ResolvedTenants>

interface Known extends Resolved {
  readonly inherited: Inherited
}

/** Begins without knowing any; a draft that was right is not resolved again while it inherits the same. */
export function createResolveTenants(env: NodeJS.ProcessEnv): ResolveTenants {
  const known = new WeakMap<TenantDraft, Known>()
  return function* resolveTenants(drafts, inherited, before) {
    const earlier = new Map<string, TenantConfig>()
    for (const tenant of before) {
      earlier.set(tenant.id, tenant)
      yield
    }
    const tenants: TenantConfig[] = []
    const problems: Problem[] = []
    for (const draft of drafts) {
      let resolved = known.get(draft)
      if (resolved?.inherited !== inherited) {
        resolved = { ...resolveTenant(draft, inherited, env), inherited }
        const { tenant } = resolved
        // A secret that could not be opened may be there the next time.
        if (tenant !== undefined) {
          resolved = { ...resolved, tenant: keepSame(earlier.get(tenant.id) ?? tenant, tenant) }
          known.set(draft, resolved)
        }
      }
      if (resolved.tenant !== undefined) tenants.push(resolved.tenant)
      problems.push(...resolved.problems)
      yield
    }
    return { tenants, problems }
  }
}
