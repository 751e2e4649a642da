import type { Readable } from 'node:stream'
import type { Client } from 'undici'
import type { Upstream } from '../config/resolve-upstream.js'
import { type Call, Connection } from './connection.js'
import { type AnswerHandler, Attempt, isRepeatable } from './send-again.js'
import { createConnector } from './upstream-connector.js'
import { UpstreamPool } from './upstream-pool.js'

/** A request for an upstream, wherever that is. */
export interface Outgoing {
  readonly path: string
  readonly method: string
  readonly headers: string[]
  readonly body: Readable | null
  /** The protocol that is asked for; `null` for none. */
  readonly upgrade: string | null
}

/** The connections to all upstreams: kept alive, one request at a time each, a body for as long as it flows. */
export interface UpstreamConnections {
  /** Sends a request; what happens is told to the handler. A stale connection is replaced once where that is safe. */
  send(upstream: Upstream, request: Outgoing, handler: AnswerHandler): void
  /** Cuts what is left of them. */
  close(): Promise<void>
}

/** Builds the connections; each upstream's are made when it is first asked. */
export function createUpstreamConnections(): UpstreamConnections {
  const lines = new WeakMap<Upstream, Line>()
  const plain = new Map<string, Line>()
  const open = new Set<Line>()

  const lineOf = (upstream: Upstream): Line => {
    const known = lines.get(upstream)
    if (known !== undefined) return known
    // Who says the same shares the connections; with files, only who inherits: they may change apart.
    const key = upstream.tls === undefined ? JSON.stringify(upstream) : undefined
    const line = (key && plain.get(key)) || openLine(upstream)
    lines.set(upstream, line)
    open.add(line)
    if (key !== undefined) plain.set(key, line)
    return line
  }

  return {
    send(upstream, request, handler) {
      const { pool, connect } = lineOf(upstream)
      const { path, method, headers, body, upgrade } = request
      // What the connector says counts; undici only compares it.
      const call: Call = { path, method, headers, body, upgrade, servername: 'upstream' }
      const again = () => {
        const connection = connect()
        connection.dispatch(call, new Attempt(handler, connection, undefined))
        connection.close()
      }
      const retry = isRepeatable(call) ? again : undefined
      pool.dispatch(call, (connection) => new Attempt(handler, connection, retry))
    },
    async close() {
      await Promise.all([...open].map(({ pool }) => pool.destroy()))
    },
  }
}

interface Line {
  readonly pool: UpstreamPool
  /** Makes a connection outside of the pool. */
  connect(): Connection
}

function openLine(upstream: Upstream): Line {
  const origin = upstream.url.startsWith('unix:') ? 'http://localhost' : upstream.url
  const options: Client.Options = {
    connect: createConnector(upstream),
    headersTimeout: upstream.response_timeout,
    bodyTimeout: 0,
    keepAliveTimeout: upstream.idle_timeout,
    // The upstream may say less than that (`Keep-Alive: timeout=5`), not more.
    keepAliveMaxTimeout: upstream.idle_timeout,
    pipelining: 1,
  }
  const connect = () => new Connection(origin, options)
  return { pool: new UpstreamPool(connect), connect }
}
