import { readFileSync } from 'node:fs'
import { createClient, type RedisClientOptions, type RedisClientType } from '@keyv/redis'
import type { RedisCredentials, RedisLocation, RedisNode } from '../config/redis-url.js'
import { Lifeline } from './redis-lifeline.js'
import { type OnInvalidate, type OpenLink, type RedisLink, watchInvalidations } from './redis-link.js'

/** Milliseconds for a connection and what is said first over it: a frozen server accepts and never answers. */
export const OPENING_BOUND = 2000

/**
 * Part of the options of every client: the library makes a class anew, in tens of milliseconds that block the process,
 * when the JSON of the options differs from that of the last ones. What a class depends on never differs here.
 */
export const CLASS = { RESP: 3, toJSON: () => 'doorward' } as const

type Connected = RedisCredentials & Pick<RedisLocation, 'tls'> & { readonly database?: number }

/** Options of a client that connects once and refuses commands whenever it is not connected. */
export function nodeOptions({ username, password, database, tls }: Connected, signal: AbortSignal) {
  return {
    ...CLASS,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    ...(password && { username: username ?? 'default', password: password.reveal() }),
    ...(database && { database }),
    socket: {
      connectTimeout: OPENING_BOUND,
      reconnectStrategy: false,
      signal,
      ...(tls && { tls: true as const, ...(tls.ca && { ca: readFileSync(tls.ca) }) }),
    },
  } satisfies RedisClientOptions
}

/** Opens the link to the one server of a location. */
export function openServer(location: RedisLocation): OpenLink {
  const [node] = location.nodes
  if (node === undefined) throw new TypeError('a location without a server')
  const probe = (client: RedisClientType) => client.ping()
  return (onInvalidate, closing) => openNode(node, { location, probe }, onInvalidate, closing)
}

/** Opens the link to one server, which `probe` has to find fit. */
export async function openNode(
  node: RedisNode,
  { location, probe }: { location: RedisLocation; probe: (client: RedisClientType) => Promise<unknown> },
  onInvalidate: OnInvalidate,
  closing: AbortSignal,
): Promise<RedisLink> {
  const lifeline = new Lifeline()
  const options = nodeOptions(location, lifeline.signal)
  const client = createClient({
    ...options,
    emitInvalidate: true,
    socket: { ...options.socket, ...node },
  }) as unknown as RedisClientType
  watchInvalidations(client, onInvalidate)
  const lost = new Promise<Error>((resolve) => client.on('error', resolve))
  const opening = client.connect().then(() => probe(client))
  await lifeline.within(opening, OPENING_BOUND, closing)
  return {
    commands: client,
    lost,
    coverage: () => (client.isReady && !lifeline.signal.aborted ? 1 : 0),
    ping: () => client.ping(),
    probe: async () => {
      await probe(client)
    },
    fail(error) {
      client.emit('error', error)
      lifeline.cut()
    },
    close: () => lifeline.cut(),
  }
}
