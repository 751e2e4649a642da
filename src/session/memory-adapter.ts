import { EventEmitter } from 'node:events'
import type { KeyvStoreAdapter, StoredData } from 'keyv'
import type { AtomicOperations } from './store.js'

interface Entry {
  readonly value: string
  readonly expires: number
}

const SWEEP_INTERVAL = 60_000

/** A Keyv adapter over a Map that honours `ttl` and forgets what has expired, so that it does not grow forever. */
export class MemoryAdapter extends EventEmitter implements KeyvStoreAdapter, AtomicOperations {
  readonly opts = { dialect: 'memory' }
  readonly #entries = new Map<string, Entry>()
  readonly #now: () => number
  readonly #sweeper: NodeJS.Timeout

  constructor(now: () => number) {
    super()
    this.#now = now
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_INTERVAL).unref()
  }

  /** Number of records, expired ones included until they are swept. */
  get size(): number {
    return this.#entries.size
  }

  /** Forgets every expired record. */
  sweep(): void {
    const now = this.#now()
    for (const [key, entry] of this.#entries) if (entry.expires <= now) this.#entries.delete(key)
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.expires > this.#now() ? entry : undefined
  }

  async get<Value>(key: string): Promise<StoredData<Value> | undefined> {
    // Keyv takes a string for what `serialize` wrote, which its type does not say.
    return this.#live(key)?.value as StoredData<Value> | undefined
  }

  async set(key: string, value: string, ttl: number): Promise<boolean> {
    this.#entries.set(key, { value, expires: this.#now() + ttl })
    return true
  }

  async delete(key: string): Promise<boolean> {
    return this.#entries.delete(key)
  }

  async clear(): Promise<void> {
    this.#entries.clear()
  }

  async replace(key: string, value: string, ttl: number): Promise<boolean> {
    return this.#live(key) !== undefined && this.set(key, value, ttl)
  }

  async add(key: string, ttl: number): Promise<boolean> {
    return this.#live(key) === undefined && this.set(key, '1', ttl)
  }

  async touch(key: string, ttl: number): Promise<void> {
    const entry = this.#live(key)
    if (entry !== undefined) await this.set(key, entry.value, ttl)
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    this.#entries.clear()
  }
}
