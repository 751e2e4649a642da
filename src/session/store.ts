/**
 * Where sealed records live. Every implementation passes the same contract suite; every method rejects with
 * `session_store_unavailable` when the store could not answer in time, and never pretends that a record is gone.
 */
export interface SessionStore {
  /** Resolves `undefined` only when the record does not exist. */
  get(key: string): Promise<string | undefined>
  /** Writes a record that lives for `ttl` milliseconds. */
  set(key: string, value: string, ttl: number): Promise<void>
  /** Writes only over an existing record, atomically; `false` when there is none: a deleted one stays deleted. */
  replace(key: string, value: string, ttl: number): Promise<boolean>
  /** Writes only where no record is, atomically; `false` when there is one: for what may happen once. */
  add(key: string, ttl: number): Promise<boolean>
  /** Gives an existing record `ttl` more milliseconds from now; does nothing when there is none. */
  touch(key: string, ttl: number): Promise<void>
  /** Resolves when the record is gone, whether or not there was one. */
  delete(key: string): Promise<void>
  /** Resolves when the store answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** The part of a store that Keyv has no words for; each adapter brings its own. */
export type AtomicOperations = Pick<SessionStore, 'replace' | 'add' | 'touch' | 'ping' | 'close'>
