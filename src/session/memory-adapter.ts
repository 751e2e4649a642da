import { EventEmitter } from 'node:events'
import type { KeyvStoreAdapter, StoredData } from 'keyv'
import type { StoreOperations } from './store.js'

interface Entry {
  readonly value: string
  readonly expires: number
}

const SWEEP_INTERVAL = 60_000

/** A Keyv adapter over Maps that honours `ttl` and forgets what has expired, so that it does not grow forever. */
export class MemoryAdapter extends EventEmitter implements KeyvStoreAdapter, StoreOperations {
  readonly opts = { dialect: 'memory' }
  readonly #entries = new Map<string, Entry>()
  /** Of each set, when each member's time runs out. */
  readonly #sets = new Map<string, Map<string, number>>()
  readonly #listeners: ((key: string) => void)[] = []
  readonly #now: () => number
  readonly #sweeper: NodeJS.Timeout

  constructor(now: () => number) {
    super()
    this.#now = now
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_INTERVAL).unref()
  }

  /** Number of records and sets, expired ones included until they are swept. */
  get size(): number {
    return this.#entries.size + this.#sets.size
  }

  /** Forgets every expired record and member. */
  sweep(): void {
    const now = this.#now()
    for (const [key, entry] of this.#entries) if (entry.expires <= now) this.#entries.delete(key)
    for (const [key, set] of this.#sets) {
      for (const [member, expires] of set) if (expires <= now) set.delete(member)
      if (set.size === 0) this.#sets.delete(key)
    }
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.expires > this.#now() ? entry : undefined
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key)
  }

  async get<Value>(key: string): Promise<StoredData<Value> | undefined> {
    // Keyv takes a string for what `serialize` wrote, which its type does not say.
    return this.#live(key)?.value as StoredData<Value> | undefined
  }

  async set(key: string, value: string, ttl: number): Promise<boolean> {
    this.#entries.set(key, { value, expires: this.#now() + ttl })
    this.#tell(key)
    return true
  }

  async delete(key: string): Promise<boolean> {
    const existed = this.#entries.delete(key)
    if (existed) this.#tell(key)
    return existed
  }

  async clear(): Promise<void> {
    this.#entries.clear()
    this.#sets.clear()
  }

  async add(key: string, value: string, ttl: number): Promise<boolean> {
    return this.#live(key) === undefined && this.set(key, value, ttl)
  }

  async swap(key: string, expected: string, value: string, ttl: number): Promise<boolean> {
    return this.#begins(key, expected) && this.set(key, value, ttl)
  }

  async remove(key: string, expected: string): Promise<boolean> {
    return this.#begins(key, expected) && this.delete(key)
  }

  #begins(key: string, expected: string): boolean {
    return this.#live(key)?.value.startsWith(expected) ?? false
  }

  async touch(key: string, ttl: number): Promise<void> {
    const entry = this.#live(key)
    if (entry !== undefined) await this.set(key, entry.value, ttl)
  }

  async timeLeft(key: string): Promise<number | undefined> {
    const entry = this.#live(key)
    return entry && entry.expires - this.#now()
  }

  async include(key: string, member: string, ttl: number): Promise<void> {
    const set = this.#sets.get(key) ?? new Map<string, number>()
    this.#sets.set(key, set)
    set.set(member, this.#now() + ttl)
  }

  async exclude(key: string, member: string): Promise<void> {
    const set = this.#sets.get(key)
    if (set?.delete(member) && set.size === 0) this.#sets.delete(key)
  }

  async members(key: string): Promise<string[]> {
    const now = this.#now()
    return [...(this.#sets.get(key) ?? [])].flatMap(([member, expires]) => (expires > now ? [member] : []))
  }

  onChange(listener: (key: string) => void): void {
    this.#listeners.push(listener)
  }

  isWatching(): boolean {
    return true
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    await this.clear()
  }
}
