import type { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../services.js'
import type { OpenSession, SessionOwner } from '../session/sessions.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

/** Milliseconds after which an open stream's session is looked up again, for what other processes did to it. */
const LONGEST_CHECK = 60_000

/**
 * Closes WebSockets and event streams when their session ends: by sign-out, by its provider, by its lifetimes, or by
 * a new login of the same browser. Whatever else is in flight is short, and ends by itself.
 */
export function endWithSession({ sessions, of }: Services) {
  const open = new Map<string, Set<Duplex>>()
  sessions.onEnd((ended) => {
    for (const socket of open.get(ended) ?? []) socket.destroy()
  })

  /** Looks the session up now and again until the returned function is called. */
  function watch(owner: SessionOwner, { key }: OpenSession, socket: Duplex): () => void {
    let timer: NodeJS.Timeout | undefined
    let isWatched = true
    const check = async () => {
      // A store that does not answer has not said that the session is over.
      const isAlive = await sessions.reopen(owner, key).then(
        (current) => current !== undefined,
        () => true,
      )
      // The stream may be over by now, and its connection serve another request.
      if (!isWatched) return
      if (isAlive) timer?.refresh()
      else socket.destroy()
    }
    timer = setTimeout(check, Math.min(owner.lifetimes.idle_timeout, LONGEST_CHECK)).unref()
    // At once as well: it may have ended since this request read it.
    check()
    return () => {
      isWatched = false
      clearTimeout(timer)
    }
  }

  return async function endWithSession(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { raw, opened } = request
    const isUpgrade = isWebSocketUpgrade(raw)
    const isStream = raw.headers.accept?.includes('text/event-stream') ?? false
    if (opened === null || !(isUpgrade || isStream)) return
    const { socket } = raw
    const { id } = opened.key
    const siblings = open.get(id) ?? new Set()
    open.set(id, siblings.add(socket))
    const unwatch = watch(of(request.requireSite().tenant).owner, opened, socket)
    // After a stream the connection may serve other requests; after an upgrade it is the WebSocket.
    const connection = isUpgrade ? socket : reply.raw
    connection.once('close', () => {
      unwatch()
      siblings.delete(socket)
      if (siblings.size === 0) open.delete(id)
    })
  }
}
