/**
 * Where sealed records live. Every implementation passes the same contract suite; every method rejects with
 * `session_store_unavailable` when the store could not answer in time, and never pretends that a record is gone.
 * All times to live are milliseconds.
 */
export interface SessionStore {
  /** Resolves `undefined` only when the record does not exist. */
  get(key: string): Promise<string | undefined>
  /** Writes a record that lives for `ttl`. */
  set(key: string, value: string, ttl: number): Promise<void>
  /** Writes only where no record is, atomically; `false` when there is one: for what may happen once. */
  add(key: string, value: string, ttl: number): Promise<boolean>
  /**
   * Writes only over a record that begins with `expected`, atomically; `false` when it is gone or another: a deleted
   * one stays deleted, and who was overtaken does not overwrite.
   */
  swap(key: string, expected: string, value: string, ttl: number): Promise<boolean>
  /** Deletes only a record that begins with `expected`, atomically; `false` when it is gone or another. */
  remove(key: string, expected: string): Promise<boolean>
  /** Gives an existing record `ttl` more from now; does nothing when there is none. */
  touch(key: string, ttl: number): Promise<void>
  /** Resolves when the record is gone, whether or not there was one. */
  delete(key: string): Promise<void>
  /** Milliseconds that a record has left; `undefined` when it does not exist. */
  timeLeft(key: string): Promise<number | undefined>
  /** Puts a member into a set for `ttl` from now, also when it is there already; a set goes with its last member. */
  include(key: string, member: string, ttl: number): Promise<void>
  /** Takes a member out of a set, whether or not it was there. */
  exclude(key: string, member: string): Promise<void>
  /** The members of a set whose time has not run out, in no order; none when there is no set. */
  members(key: string): Promise<string[]>
  /**
   * Calls the listener with the key of each record that this process has read and that was written, touched or
   * deleted since, by whatever process; with `undefined` when that may have happened to any. Reading a record again
   * renews the promise.
   */
  onChange(listener: (key: string | undefined) => void): void
  /** Whether every change up to a moment ago (less than two seconds) has been told. */
  isWatching(): boolean
  /** Resolves when the store answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** The part of a store that Keyv has no words for; each adapter brings its own. */
export type StoreOperations = Omit<SessionStore, 'get' | 'set' | 'delete'>
