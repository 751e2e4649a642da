import type { StoreOperation } from '../observer.js'
import type { SessionStore } from './store.js'

/** Hears how long an operation took, in milliseconds, and whether the store has left it unanswered. */
export type StoreObserver = (operation: StoreOperation, time: number, isFailed: boolean) => void

/** The same store, whose operations are told to an observer. */
export function observeStore(store: SessionStore, observe: StoreObserver): SessionStore {
  const time = async <Result>(operation: StoreOperation, answer: Promise<Result>): Promise<Result> => {
    const begun = performance.now()
    try {
      const result = await answer
      observe(operation, performance.now() - begun, false)
      return result
    } catch (error) {
      observe(operation, performance.now() - begun, true)
      throw error
    }
  }
  return {
    get: (...operands) => time('get', store.get(...operands)),
    set: (...operands) => time('set', store.set(...operands)),
    add: (...operands) => time('add', store.add(...operands)),
    swap: (...operands) => time('swap', store.swap(...operands)),
    remove: (...operands) => time('remove', store.remove(...operands)),
    touch: (...operands) => time('touch', store.touch(...operands)),
    delete: (...operands) => time('delete', store.delete(...operands)),
    timeLeft: (...operands) => time('time_left', store.timeLeft(...operands)),
    include: (...operands) => time('include', store.include(...operands)),
    exclude: (...operands) => time('exclude', store.exclude(...operands)),
    members: (...operands) => time('members', store.members(...operands)),
    onChange: (listener) => store.onChange(listener),
    isWatching: () => store.isWatching(),
    ping: () => time('ping', store.ping()),
    close: () => store.close(),
  }
}
