import KeyvRedis, { createClient } from '@keyv/redis'
import type { RedisConnection } from './redis-connection.js'
import type { RedisCommands } from './redis-link.js'
import { CLASS } from './redis-node.js'
import { INCLUDE, REMOVE, SWAP } from './redis-scripts.js'
import type { StoreOperations } from './store.js'

interface RedisAdapterOptions {
  readonly connection: RedisConnection
  readonly prefix: string
  readonly now: () => number
}

/** The Keyv adapter of a Redis of whatever topology, and the operations beside it. */
export class RedisAdapter extends KeyvRedis<string> implements StoreOperations {
  readonly #connection: RedisConnection
  readonly #now: () => number

  constructor({ connection, prefix, now }: RedisAdapterOptions) {
    // It wants a client, which is never connected.
    super(createClient(CLASS) as unknown as RedisCommands, {
      namespace: prefix,
      keyPrefixSeparator: ':',
      throwOnErrors: true,
    })
    this.#connection = connection
    this.#now = now
    this.on('error', (error: unknown) => connection.suspect(error))
  }

  /** Where Keyv's own operations find their client; the inherited one would connect a closed one again. */
  override async getClient(): Promise<RedisCommands> {
    return this.#connection.commands
  }

  async add(key: string, value: string, ttl: number): Promise<boolean> {
    const options = { PX: ttl, NX: true } as const
    return (await this.#send((client) => client.set(this.#name(key), value, options))) !== null
  }

  async swap(key: string, expected: string, value: string, ttl: number): Promise<boolean> {
    return (await this.#run(SWAP, key, expected, value, String(ttl))) === 1
  }

  async remove(key: string, expected: string): Promise<boolean> {
    return (await this.#run(REMOVE, key, expected)) === 1
  }

  async touch(key: string, ttl: number): Promise<void> {
    await this.#send((client) => client.pExpire(this.#name(key), ttl))
  }

  async timeLeft(key: string): Promise<number | undefined> {
    const left = await this.#send((client) => client.pTTL(this.#name(key)))
    return left >= 0 ? left : undefined
  }

  async include(key: string, member: string, ttl: number): Promise<void> {
    const now = Math.floor(this.#now())
    await this.#run(INCLUDE, key, member, String(now + ttl), String(now))
  }

  async exclude(key: string, member: string): Promise<void> {
    await this.#send((client) => client.zRem(this.#name(key), member))
  }

  async members(key: string): Promise<string[]> {
    return this.#send((client) => client.zRangeByScore(this.#name(key), `(${this.#now()}`, '+inf'))
  }

  onChange(listener: (key: string | undefined) => void): void {
    const prefix = this.#name('')
    this.#connection.onChange((name) => {
      if (name === undefined) listener(undefined)
      else if (name.startsWith(prefix)) listener(name.slice(prefix.length))
    })
  }

  isWatching(): boolean {
    return this.#connection.isWatching()
  }

  ping(): Promise<void> {
    return this.#connection.ping()
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  #name(key: string): string {
    return this.createKeyPrefix(key, this.namespace)
  }

  #run(script: string, key: string, ...args: string[]): Promise<unknown> {
    return this.#send((client) => client.eval(script, { keys: [this.#name(key)], arguments: args }))
  }

  /** Sends over the current connection; what it answers may say that another is needed. */
  async #send<Result>(command: (client: RedisCommands) => Promise<Result>): Promise<Result> {
    try {
      return await command(this.#connection.commands)
    } catch (error) {
      this.#connection.suspect(error)
      throw error
    }
  }
}
