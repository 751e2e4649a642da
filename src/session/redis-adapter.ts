import KeyvRedis, { createClient, type RedisClientType } from '@keyv/redis'
import type { AtomicOperations } from './store.js'

/** What the connection tells the operator: every change of state once, not every failed attempt. */
export interface ConnectionReporter {
  lost(error: Error): void
  restored(): void
}

const CONNECT_TIMEOUT = 2000
const LONGEST_BACKOFF = 2000

const backoff = (attempts: number): number =>
  Math.min(50 * 2 ** attempts, LONGEST_BACKOFF) + Math.random() * 50

/**
 * Opens the Keyv adapter of a `redis://` URL and the atomic operations beside it. It connects in the background
 * and again after every loss; until then its operations reject at once instead of queueing.
 */
export function openRedisAdapter(url: string, namespace: string, report: ConnectionReporter) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    // A connection that died without a word (a failed-over host) is noticed by its silence.
    pingInterval: 10_000,
    socket: { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: backoff },
  }) as RedisClientType
  reportChanges(client, report)
  const adapter = new KeyvRedis(client, { namespace, throwOnErrors: true })
  // The reconnect strategy never gives up, so this settles only when the first connection is up or is closed.
  const connecting = client.connect().catch(() => undefined)
  const name = (key: string): string => adapter.createKeyPrefix(key, namespace)

  const operations: AtomicOperations = {
    async replace(key, value, ttl) {
      return (await client.set(name(key), value, { PX: ttl, XX: true })) !== null
    },
    async add(key, ttl) {
      return (await client.set(name(key), '1', { PX: ttl, NX: true })) !== null
    },
    async touch(key, ttl) {
      await client.pExpire(name(key), ttl)
    },
    async ping() {
      await connecting
      if (!client.isReady) throw new Error('not connected')
      await client.ping()
    },
    async close() {
      client.destroy()
      await connecting
    },
  }
  return { adapter, operations }
}

function reportChanges(client: RedisClientType, report: ConnectionReporter): void {
  let connected: boolean | undefined
  client.on('error', (error: Error) => {
    if (connected !== false) report.lost(error)
    connected = false
  })
  client.on('ready', () => {
    if (connected === false) report.restored()
    connected = true
  })
}
