import { Keyv, type KeyvStoreAdapter } from 'keyv'
import { DoorwardError } from '../errors.js'
import { MemoryAdapter } from './memory-adapter.js'
import { type ConnectionReporter, openRedisAdapter } from './redis-adapter.js'
import type { AtomicOperations, SessionStore } from './store.js'

const NAMESPACE = 'doorward'
// Milliseconds after which a store that does not answer counts as down.
const STORE_DEADLINE = 1000

interface OpenStoreOptions {
  readonly now: () => number
  readonly report: ConnectionReporter
  /** Milliseconds after which a store that does not answer counts as down; a second where absent. */
  readonly deadline?: number
}

/** Opens the store of a validated `session.store` URL; it is usable at once and connects by itself. */
export function openStore(url: string, options: OpenStoreOptions): SessionStore {
  if (url === 'memory:') {
    const adapter = new MemoryAdapter(options.now)
    return compose(adapter, adapter, options)
  }
  const { adapter, operations } = openRedisAdapter(url, NAMESPACE, options.report)
  return compose(adapter, operations, options)
}

function compose(
  adapter: KeyvStoreAdapter,
  operations: AtomicOperations,
  { deadline = STORE_DEADLINE }: OpenStoreOptions,
): SessionStore {
  // The adapters own the time to live and name the keys, so what is stored is the sealed text and nothing else.
  const keyv = new Keyv<string>({
    store: adapter,
    // Keyv writes it into the adapter, whose other operations must find the same records.
    namespace: NAMESPACE,
    useKeyPrefix: false,
    throwOnErrors: true,
    serialize: ({ value }) => String(value),
    deserialize: <Value>(text: string) => ({ value: text as Value }),
  })
  // Keyv emits what it also throws; without a listener the process would end.
  keyv.on('error', () => undefined)
  const guard = <Result>(operation: Promise<Result>) => withDeadline(operation, deadline)
  return {
    get: (key) => guard(keyv.get(key)),
    set: (key, value, ttl) => guard(keyv.set(key, value, Math.ceil(ttl))).then(() => undefined),
    delete: (key) => guard(keyv.delete(key)).then(() => undefined),
    replace: (key, value, ttl) => guard(operations.replace(key, value, Math.ceil(ttl))),
    add: (key, ttl) => guard(operations.add(key, Math.ceil(ttl))),
    touch: (key, ttl) => guard(operations.touch(key, Math.ceil(ttl))),
    ping: () => guard(operations.ping()),
    close: () => operations.close(),
  }
}

// Redis does not answer at all while it is paused: without a bound everybody would hang.
async function withDeadline<Result>(operation: Promise<Result>, deadline: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadline} ms`)), deadline)
  })
  try {
    return await Promise.race([operation, expiry])
  } catch (cause) {
    const reason = `session store: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new DoorwardError('session_store_unavailable', { cause, reason })
  } finally {
    clearTimeout(timer)
  }
}
