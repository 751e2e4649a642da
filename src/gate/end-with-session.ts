import type { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../services.js'
import type { OpenSession, SessionOwner } from '../session/sessions.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

/** Milliseconds after which an open stream's session is looked up again, for changes that nobody told of. */
const LONGEST_CHECK = 60_000

/**
 * Closes WebSockets and event streams when their session ends: by sign-out, by its provider, by its lifetimes, or by
 * a new login of the same browser, on whatever process. Whatever else is in flight is short, and ends by itself.
 */
export function endWithSession({ sessions, of }: Services) {
  const open = new Map<string, Set<() => void>>()
  sessions.onChange((id) => {
    const concerned = id === undefined ? [...open.values()] : [open.get(id) ?? []]
    for (const checks of concerned) for (const check of checks) check()
  })

  /** Looks the session up when it has changed, and now and again, until the returned function is called. */
  function watch(owner: SessionOwner, { key }: OpenSession, socket: Duplex): () => void {
    let isWatched = true
    const check = async () => {
      // A store that does not answer has not said that the session is over.
      const isAlive = await sessions.reopen(owner, key).then(
        (current) => current !== undefined && current.session.retires_at === undefined,
        () => true,
      )
      // The stream may be over by now, and its connection serve another request.
      if (isWatched && !isAlive) socket.destroy()
    }
    const timer = setInterval(check, Math.min(owner.lifetimes.idle_timeout, LONGEST_CHECK)).unref()
    const checks = open.get(key.id) ?? new Set()
    open.set(key.id, checks.add(check))
    // At once as well: it may have ended since this request read it.
    check()
    return () => {
      isWatched = false
      clearInterval(timer)
      checks.delete(check)
      if (checks.size === 0) open.delete(key.id)
    }
  }

  return async function endWithSession(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { raw, opened } = request
    const isUpgrade = isWebSocketUpgrade(raw)
    const isStream = raw.headers.accept?.includes('text/event-stream') ?? false
    if (opened === null || !(isUpgrade || isStream)) return
    const unwatch = watch(of(request.requireSite().tenant).owner, opened, raw.socket)
    // After a stream the connection may serve other requests; after an upgrade it is the WebSocket.
    const connection = isUpgrade ? raw.socket : reply.raw
    connection.once('close', unwatch)
  }
}
