import { createClient } from '@keyv/redis'
import type { Ending } from '../ending.js'

/** What a session costs Redis, in bytes. */
export interface SessionBytes {
  /** All of it: how much `used_memory` has grown, by session. */
  readonly total: number
  /** Of the sealed record and its key, by `MEMORY USAGE` of a sample. */
  readonly record: number
  /** Of the index entries of a session (person, mail address, sign-in) and their keys, likewise. */
  readonly index: number
  /** Tables of the keys and of their ends, which no single key is charged with. */
  readonly rest: number
}

/** Looks into a Redis from outside. */
export interface RedisView {
  readonly pid: number
  readonly version: string
  usedMemory(): Promise<number>
  /** Seconds of CPU that it has had so far. */
  cpuSeconds(): Promise<number>
  /** How a growth of `used_memory` is made up. */
  sessionBytes(grown: number, count: number): Promise<SessionBytes>
}

const SAMPLE = 2000

/** Opens a view of a Redis; it is disconnected when the bench ends. */
export async function viewRedis(ending: Ending, url: string): Promise<RedisView> {
  const client = createClient({ url })
  await client.connect()
  ending.teardown(() => client.destroy())
  const about = async (section: string, field: string): Promise<string> =>
    new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(String(await client.info(section)))?.[1] ?? ''

  // A session has one record, and whatever else is there is its index.
  async function meanSize(type: 'string' | 'zset'): Promise<number> {
    const keys = await Promise.all(Array.from({ length: SAMPLE }, () => client.randomKey()))
    const typed = await Promise.all(
      keys.map(async (key) => ({ key: String(key), type: await client.type(String(key)) })),
    )
    const of = typed.filter((one) => one.type === type)
    const sizes = await Promise.all(of.map(({ key }) => client.memoryUsage(key)))
    return sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0) / Math.max(1, sizes.length)
  }

  return {
    pid: Number(await about('server', 'process_id')),
    version: await about('server', 'redis_version'),
    usedMemory: async () => Number(await about('memory', 'used_memory')),
    cpuSeconds: async () =>
      Number(await about('cpu', 'used_cpu_user')) + Number(await about('cpu', 'used_cpu_sys')),
    async sessionBytes(grown, count) {
      const keys = Number(await client.dbSize())
      const total = grown / count
      const record = await meanSize('string')
      const index = ((await meanSize('zset')) * (keys - count)) / count
      return { total, record, index, rest: total - record - index }
    },
  }
}
