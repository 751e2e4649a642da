import type { StoreLocation } from '../config/session-store.js'
import { DoorwardError } from '../errors.js'
import { composeStore } from './compose-store.js'
import { openMemory } from './open-memory.js'
import { RedisAdapter } from './redis-adapter.js'
import { openCluster } from './redis-cluster.js'
import { type ConnectionReporter, RedisConnection } from './redis-connection.js'
import { openServer } from './redis-node.js'
import { openSentinels } from './redis-sentinel.js'
import type { SessionStore } from './store.js'

interface OpenStoreOptions {
  readonly now: () => number
  readonly report: ConnectionReporter
}

const OPENERS = { redis: openServer, sentinel: openSentinels, cluster: openCluster }

/** Milliseconds by which a timer comes late when the process had no processor, or was busy for long. */
const LATE = 50

/** Opens a store; it is usable at once and connects by itself. */
export function openStore(location: StoreLocation, { now, report }: OpenStoreOptions): SessionStore {
  if (location.kind === 'memory') return openMemory(now)
  const { prefix, timeout } = location
  const connection = new RedisConnection(OPENERS[location.kind](location), report)
  const adapter = new RedisAdapter({ connection, prefix, now })
  return composeStore(adapter, prefix, (operation) => withDeadline(operation, timeout))
}

// Redis does not answer at all while it is paused: without a bound everybody would hang.
async function withDeadline<Result>(operation: Promise<Result>, deadline: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_resolve, reject) => {
    const expire = () => reject(new Error(`no answer within ${deadline} ms`))
    // The answer may be waiting for this process, which was busy; sockets are read before the callback.
    const afterReading = () => setImmediate(expire)
    const due = performance.now() + deadline
    // Time in which this process could not even ask is not the store's.
    const extend = () => {
      const late = performance.now() - due
      if (late < LATE) afterReading()
      else timer = setTimeout(afterReading, Math.min(late, deadline))
    }
    timer = setTimeout(extend, deadline)
  })
  try {
    return await Promise.race([operation, expiry])
  } catch (cause) {
    throw new DoorwardError('session_store_unavailable', {
      cause,
      reason: `session store: ${wordsOf(cause)}`,
    })
  } finally {
    clearTimeout(timer)
  }
}

// What was under way over a connection that is given up is aborted, which would not tell an operator much.
function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.name === 'AbortError' ? 'the connection was given up' : cause.message
}
