import type { Duplex } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../services.js'
import type { OpenSession, SessionOwner } from '../session/sessions.js'
import { isWebSocketUpgrade } from './websocket-upgrade.js'

/** Milliseconds after which an open stream's session is looked up again, for changes that nobody told of. */
const LONGEST_CHECK = 60_000
/** After a lost connection to the store every session may have changed; others have questions to it as well. */
const CHECKS_AT_ONCE = 50

/** One session's open streams. */
interface Watch {
  readonly sockets: Set<Duplex>
  check(): Promise<void>
  readonly timer: NodeJS.Timeout
}

/**
 * Closes WebSockets and event streams when their session ends: by sign-out, by its provider, by its lifetimes, or by
 * a new login of the same browser, on whatever process. Whatever else is in flight is short, and ends by itself.
 */
export function endWithSession({ sessions, of }: Services) {
  const watches = new Map<string, Watch>()
  sessions.onChange((id) => {
    if (id === undefined) checkAll([...watches.values()])
    else watches.get(id)?.check()
  })

  async function checkAll(all: Watch[]): Promise<void> {
    while (all.length > 0) await Promise.all(all.splice(0, CHECKS_AT_ONCE).map(({ check }) => check()))
  }

  function watch(owner: SessionOwner, { key }: OpenSession): Watch {
    const sockets = new Set<Duplex>()
    const check = async () => {
      // A store that does not answer has not said that the session is over.
      const isAlive = await sessions.reopen(owner, key).then(
        (current) => current !== undefined && current.session.retires_at === undefined,
        () => true,
      )
      // Those that are over by now have been taken out: their connection may serve another request.
      if (!isAlive) for (const socket of sockets) socket.destroy()
    }
    const timer = setInterval(check, Math.min(owner.lifetimes.idle_timeout, LONGEST_CHECK)).unref()
    return { sockets, check, timer }
  }

  return function endWithSession(request: FastifyRequest, reply: FastifyReply): undefined {
    const { raw, opened } = request
    const isUpgrade = isWebSocketUpgrade(raw)
    const isStream = raw.headers.accept?.includes('text/event-stream') ?? false
    // Who has left already would be watched for ever: nothing more is heard of the connection.
    if (opened === null || !(isUpgrade || isStream) || reply.raw.destroyed || raw.socket.destroyed) return
    const { id } = opened.key
    const { socket } = raw
    const watched = watches.get(id) ?? watch(of(request.requireSite().tenant).owner, opened)
    watches.set(id, watched)
    watched.sockets.add(socket)
    // At once as well: it may have ended since this request read it.
    watched.check()
    // After a stream the connection may serve other requests; after an upgrade it is the WebSocket.
    const connection = isUpgrade ? socket : reply.raw
    connection.once('close', () => {
      watched.sockets.delete(socket)
      if (watched.sockets.size > 0 || watches.get(id) !== watched) return
      clearInterval(watched.timer)
      watches.delete(id)
    })
  }
}
