import { Keyv, type KeyvStoreAdapter } from 'keyv'
import type { StoreLocation } from '../config/session-store.js'
import { DoorwardError } from '../errors.js'
import { MemoryAdapter } from './memory-adapter.js'
import { RedisAdapter } from './redis-adapter.js'
import { openCluster } from './redis-cluster.js'
import { type ConnectionReporter, RedisConnection } from './redis-connection.js'
import { openServer } from './redis-node.js'
import { openSentinels } from './redis-sentinel.js'
import type { SessionStore, StoreOperations } from './store.js'

interface OpenStoreOptions {
  readonly now: () => number
  readonly report: ConnectionReporter
}

const OPENERS = { redis: openServer, sentinel: openSentinels, cluster: openCluster }

/** Opens a store; it is usable at once and connects by itself. */
export function openStore(location: StoreLocation, { now, report }: OpenStoreOptions): SessionStore {
  if (location.kind === 'memory') return compose(new MemoryAdapter(now), undefined, (operation) => operation)
  const { prefix, timeout } = location
  const connection = new RedisConnection(OPENERS[location.kind](location), report)
  const adapter = new RedisAdapter({ connection, prefix, now })
  return compose(adapter, prefix, (operation) => withDeadline(operation, timeout))
}

function compose(
  adapter: KeyvStoreAdapter & StoreOperations,
  prefix: string | undefined,
  guard: <Result>(operation: Promise<Result>) => Promise<Result>,
): SessionStore {
  // The adapters own the time to live and name the keys, so what is stored is the sealed text and nothing else.
  const keyv = new Keyv<string>({
    store: adapter,
    // Keyv writes it into the adapter, whose other operations must find the same records.
    ...(prefix !== undefined && { namespace: prefix }),
    useKeyPrefix: false,
    throwOnErrors: true,
    serialize: ({ value }) => String(value),
    deserialize: <Value>(text: string) => ({ value: text as Value }),
  })
  // Keyv emits what it also throws; without a listener the process would end.
  keyv.on('error', () => undefined)
  const whole = Math.ceil
  return {
    get: (key) => guard(keyv.get(key)),
    set: (key, value, ttl) => guard(keyv.set(key, value, whole(ttl))).then(() => undefined),
    add: (key, value, ttl) => guard(adapter.add(key, value, whole(ttl))),
    swap: (key, expected, value, ttl) => guard(adapter.swap(key, expected, value, whole(ttl))),
    remove: (key, expected) => guard(adapter.remove(key, expected)),
    touch: (key, ttl) => guard(adapter.touch(key, whole(ttl))),
    delete: (key) => guard(keyv.delete(key)).then(() => undefined),
    timeLeft: (key) => guard(adapter.timeLeft(key)),
    include: (key, member, ttl) => guard(adapter.include(key, member, whole(ttl))),
    exclude: (key, member) => guard(adapter.exclude(key, member)),
    members: (key) => guard(adapter.members(key)),
    onChange: (listener) => adapter.onChange(listener),
    isWatching: () => adapter.isWatching(),
    ping: () => guard(adapter.ping()),
    close: () => adapter.close(),
  }
}

// Redis does not answer at all while it is paused: without a bound everybody would hang.
async function withDeadline<Result>(operation: Promise<Result>, deadline: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_resolve, reject) => {
    const expire = () => reject(new Error(`no answer within ${deadline} ms`))
    // The answer may be waiting for this process, which was busy; sockets are read before the callback.
    timer = setTimeout(() => setImmediate(expire), deadline)
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
