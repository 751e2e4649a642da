import type { Config } from '../config/schema.js'

/** Which tenants a configuration adds, changes and removes, by id. */
export interface ConfigChange {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

const MOST_SHOWN = 10

/** Tells one configuration from the next. Tenants that are the same object have not changed. */
export function describeChange(before: Config, after: Config): ConfigChange {
  const earlier = new Map(before.tenants.map((tenant) => [tenant.id, tenant]))
  const added: string[] = []
  const changed: string[] = []
  for (const tenant of after.tenants) {
    const known = earlier.get(tenant.id)
    if (known === undefined) added.push(tenant.id)
    else if (known !== tenant) changed.push(tenant.id)
    earlier.delete(tenant.id)
  }
  return { added, changed, removed: [...earlier.keys()] }
}

/** Ids as the log tells them: the first of them, and how many more there are. */
export function listed(ids: readonly string[]): string {
  if (ids.length <= MOST_SHOWN) return ids.join(' ') || 'none'
  return `${ids.slice(0, MOST_SHOWN).join(' ')} and ${ids.length - MOST_SHOWN} more`
}
