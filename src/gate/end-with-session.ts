import type { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { fingerprint } from '../sealer.js'
import type { Services } from '../services.js'
import { timeToLive } from '../session/session.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

/** Node's timers cannot wait longer, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Closes WebSockets and event streams when their session ends: by sign-out, by its provider, or by its lifetime.
 * Whatever else is in flight is short, and ends by itself.
 */
export function endWithSession({ sessions, of, now }: Services) {
  const open = new Map<string, Set<Duplex>>()
  sessions.onEnd((ended) => {
    for (const socket of open.get(ended) ?? []) socket.destroy()
  })

  return async function endWithSession(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { raw, opened } = request
    const isUpgrade = isWebSocketUpgrade(raw)
    const isStream = raw.headers.accept === 'text/event-stream'
    if (opened === null || !(isUpgrade || isStream)) return
    const { lifetimes } = of(request.requireSite().tenant).owner
    const remaining = timeToLive(
      opened.session,
      { ...lifetimes, idle_timeout: Number.POSITIVE_INFINITY },
      now(),
    )
    const timer = setTimeout(() => raw.socket.destroy(), Math.min(remaining, LONGEST_TIMER)).unref()
    const name = fingerprint(opened.session.id)
    const siblings = open.get(name) ?? new Set()
    open.set(name, siblings.add(raw.socket))
    // After a stream the connection may serve other requests; after an upgrade it is the WebSocket.
    const connection = isUpgrade ? raw.socket : reply.raw
    connection.once('close', () => {
      clearTimeout(timer)
      siblings.delete(raw.socket)
      if (siblings.size === 0) open.delete(name)
    })
  }
}
