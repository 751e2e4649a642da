import { Keyv, type KeyvStoreAdapter } from 'keyv'
import type { SessionStore, StoreOperations } from './store.js'

/** Makes a store of an adapter; `guard` bounds and translates every operation that may fail. */
export function composeStore(
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
