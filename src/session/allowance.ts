/** How much may be kept at the same time, in bytes, and for how long it counts, in milliseconds. */
export interface AllowanceLimits {
  readonly perTenant: number
  readonly total: number
  readonly window: number
}

/** Counts something that anybody may have kept for a while; `false` when there is no room for it. */
export type Allowance = (tenant: string, bytes: number) => boolean

/** Bytes; the record around it, and a bound on how many of them are counted. */
const SMALLEST = 1024

/**
 * An account of what this process has lately kept. Nothing is given back before its time, so that what was stored and
 * then abandoned counts too.
 */
export function createAllowance({ perTenant, total, window }: AllowanceLimits, now: () => number): Allowance {
  // In the order of their ends, as a Set keeps what it is given.
  const kept = new Set<{ readonly tenant: string; readonly bytes: number; readonly until: number }>()
  const sums = new Map<string, number>()
  let sum = 0

  function add(tenant: string, bytes: number): void {
    sum += bytes
    const left = (sums.get(tenant) ?? 0) + bytes
    if (left === 0) sums.delete(tenant)
    else sums.set(tenant, left)
  }

  function forgetOld(): void {
    for (const entry of kept) {
      if (entry.until > now()) return
      kept.delete(entry)
      add(entry.tenant, -entry.bytes)
    }
  }

  return (tenant, size) => {
    forgetOld()
    const bytes = Math.max(size, SMALLEST)
    if (sum + bytes > total || (sums.get(tenant) ?? 0) + bytes > perTenant) return false
    kept.add({ tenant, bytes, until: now() + window })
    add(tenant, bytes)
    return true
  }
}
