import type { OpenSession } from './sessions.js'
import type { SessionStore } from './store.js'

/** Where a session is to be found: its name in the store and, within a tenant, its cookie. */
export interface CachePlace {
  readonly record: string
  readonly entry: string
}

/** Opened sessions of this process, each for as long as the store vouches that nobody has changed it. */
export interface SessionCache {
  /** How many it has. */
  size(): number
  /** An opened session that is still what the store holds; `undefined` where the store has to be asked. */
  find(entry: string): OpenSession | undefined
  /**
   * Loads a session, once for all who ask at that moment, and keeps it for at most `lifetime` milliseconds.
   * Resolves and rejects as `load` does.
   */
  load(
    place: CachePlace,
    lifetime: number,
    load: () => Promise<OpenSession | undefined>,
  ): Promise<OpenSession | undefined>
}

interface Entry {
  readonly place: CachePlace
  readonly opened: OpenSession
  readonly until: number
}

interface Loading {
  readonly record: string
  readonly promise: Promise<OpenSession | undefined>
  /** Whether the record has changed since it was asked for. */
  isOutdated: boolean
}

interface CacheOptions {
  readonly store: SessionStore
  readonly now: () => number
  /** Sessions; 0 keeps none. */
  readonly capacity: number
}

/** Builds the cache over a store that tells of changes. */
export function createSessionCache({ store, now, capacity }: CacheOptions): SessionCache {
  const entries = new Map<string, Entry>()
  const entryOfRecord = new Map<string, string>()
  const loadings = new Map<string, Loading>()

  store.onChange((record) => {
    for (const [entry, loading] of loadings) {
      if (record !== undefined && record !== loading.record) continue
      loading.isOutdated = true
      // Who asks from now on must not be told what was read before.
      loadings.delete(entry)
    }
    if (record === undefined) {
      entries.clear()
      entryOfRecord.clear()
      return
    }
    const entry = entryOfRecord.get(record)
    if (entry !== undefined) drop(entry)
  })

  function drop(entry: string): void {
    const { place } = entries.get(entry) ?? {}
    entries.delete(entry)
    if (place !== undefined) entryOfRecord.delete(place.record)
  }

  function keep(place: CachePlace, opened: OpenSession, until: number): void {
    drop(place.entry)
    const [oldest] = entries.keys()
    if (oldest !== undefined && entries.size >= capacity) drop(oldest)
    entries.set(place.entry, { place, opened, until })
    entryOfRecord.set(place.record, place.entry)
  }

  return {
    size: () => entries.size,
    find(entry) {
      const found = entries.get(entry)
      if (found === undefined || !store.isWatching()) return undefined
      if (now() < found.until) return found.opened
      drop(entry)
      return undefined
    },
    load(place, lifetime, load) {
      // By the whole cookie: another with the same id and a forged secret must not be given what this one opens.
      const { record, entry } = place
      const running = loadings.get(entry)
      if (running !== undefined) return running.promise
      const until = now() + lifetime
      const loading: Loading = { record, promise: run(), isOutdated: false }
      loadings.set(entry, loading)
      return loading.promise

      async function run(): Promise<OpenSession | undefined> {
        try {
          const opened = await load()
          if (opened !== undefined && capacity > 0 && !loading.isOutdated) keep(place, opened, until)
          return opened
        } finally {
          if (loadings.get(entry) === loading) loadings.delete(entry)
        }
      }
    },
  }
}
