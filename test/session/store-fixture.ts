import type { SessionStore } from '../../src/session/store.js'
import { until } from '../fixtures/until.js'

/** Milliseconds; short enough to be waited for. */
export const SHORT = 50
/** Milliseconds; long enough to be prolonged in time, also on a busy machine. */
export const MEDIUM = 2500
/** Milliseconds; longer than any test. */
export const LONG = 60_000

/** Polls until a record has expired. */
export const untilGone = (store: SessionStore, key: string): Promise<void> =>
  until(`${key} expires`, async () => (await store.get(key)) === undefined)

/** A hundred operations at once. */
export const concurrently = <Result>(operation: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: 100 }, (_, index) => operation(index)))
