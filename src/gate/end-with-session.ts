import type { Duplex } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { fingerprint } from '../sealer.js'
import type { Services } from '../services.js'
import { timeToLive } from '../session/session.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

/** Node's timers cannot wait longer, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Closes a WebSocket when its session ends: by sign-out, by its provider, or by its lifetime. */
export function closeSockets({ sessions, of, now }: Services) {
  const open = new Map<string, Set<Duplex>>()
  sessions.onEnd((ended) => {
    for (const socket of open.get(ended) ?? []) socket.destroy()
  })

  return async function closeSockets(request: FastifyRequest): Promise<void> {
    if (request.opened === null || !isWebSocketUpgrade(request.raw)) return
    const { session } = request.opened
    const { socket } = request.raw
    const { lifetimes } = of(request.requireSite().tenant).owner
    const remaining = timeToLive(session, { ...lifetimes, idle_timeout: Number.POSITIVE_INFINITY }, now())
    const timer = setTimeout(() => socket.destroy(), Math.min(remaining, LONGEST_TIMER)).unref()
    const name = fingerprint(session.id)
    const siblings = open.get(name) ?? new Set()
    open.set(name, siblings.add(socket))
    socket.once('close', () => {
      clearTimeout(timer)
      siblings.delete(socket)
      if (siblings.size === 0) open.delete(name)
    })
  }
}
