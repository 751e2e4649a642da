/** Assertions that were signed lately, for all tenants of a process. */
export interface AssertionCache {
  /** The one of that name, younger than it may become; `undefined` where there is none. */
  find(name: string): string | undefined
  /** Keeps one that was signed at a moment (milliseconds since the epoch). */
  keep(name: string, assertion: string, signedAt: number): void
  /** Characters that are kept, names included. */
  readonly size: number
}

interface AssertionCacheOptions {
  readonly now: () => number
  /** Milliseconds after which one is not handed out any more. */
  readonly longestAge: number
  /** Characters that are kept at the most. */
  readonly capacity: number
}

interface Entry {
  readonly assertion: string
  readonly signedAt: number
}

/** Builds the cache; what is oldest gives way. */
export function createAssertionCache({ now, longestAge, capacity }: AssertionCacheOptions): AssertionCache {
  const entries = new Map<string, Entry>()
  let size = 0

  // A clock that was set back would make one of yesterday young for a day.
  const isYoung = ({ signedAt }: Entry) => now() >= signedAt && now() < signedAt + longestAge

  function drop(name: string, { assertion }: Entry): void {
    entries.delete(name)
    size -= name.length + assertion.length
  }

  return {
    find(name) {
      const entry = entries.get(name)
      return entry !== undefined && isYoung(entry) ? entry.assertion : undefined
    },
    keep(name, assertion, signedAt) {
      const before = entries.get(name)
      if (before !== undefined) drop(name, before)
      entries.set(name, { assertion, signedAt })
      size += name.length + assertion.length
      // All of them live equally long, so the first ones are the oldest.
      for (const [oldest, entry] of entries) {
        if (size <= capacity && isYoung(entry)) break
        drop(oldest, entry)
      }
    },
    get size() {
      return size
    },
  }
}
