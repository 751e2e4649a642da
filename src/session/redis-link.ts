import type { RedisClientType } from '@keyv/redis'

/** The client of a server; that of a cluster is used as one, because it has the same commands in the same form. */
export type RedisCommands = RedisClientType

/** One connected client: of a server, or of every master of a cluster. It never connects again by itself. */
export interface RedisLink {
  readonly commands: RedisCommands
  /** Resolves with the reason as soon as any part of it is lost. */
  readonly lost: Promise<Error>
  /** The part of the store, from 0 to 1, that is reached over it. */
  coverage(): number
  /** Resolves when any server answers. */
  ping(): Promise<unknown>
  /** Resolves when every server has said that it is there and in charge. */
  probe(): Promise<void>
  /** Gives up what is silent or not in charge. */
  fail(error: Error): void
  /** Ends all connections at once, whatever state they are in. */
  close(): void
}

/** Called with the key of a record that has changed; `undefined` when that may be any. */
export type OnInvalidate = (key: string | undefined) => void

/** Opens a link within a bound, or rejects; gives up at once when `closing` is aborted. */
export type OpenLink = (onInvalidate: OnInvalidate, closing: AbortSignal) => Promise<RedisLink>

/** Calls back for every key whose change the server tells, and once for all of them. */
export function watchInvalidations(client: RedisClientType, onInvalidate: OnInvalidate): void {
  client.on('invalidate', (key: Buffer | string | null) =>
    onInvalidate(key === null ? undefined : String(key)),
  )
}
