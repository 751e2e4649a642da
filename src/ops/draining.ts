import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

type Fields = OutgoingHttpHeaders | OutgoingHttpHeader[]

/** Milliseconds for the request of who has just connected, or has had an answer that could not say that it was the last. */
const LINGER = 1_000

/** How listeners end without losing a request. */
export interface Draining {
  /** The class of a server's answers. */
  readonly Response: typeof ServerResponse
  readonly hasBegun: boolean
  /** From now on each answer says that it is the last one on its connection. */
  begin(): void
  /** Has a server hold no connection, when it closes, on which there is nothing to be finished. */
  attend(app: FastifyInstance): void
}

/** Prepares the end of the listeners that share it. */
export function createDraining(): Draining {
  let hasBegun = false
  return {
    // Also those that were asked for before it began: a hook of requests would not know of them.
    Response: class Response<Request extends IncomingMessage> extends ServerResponse<Request> {
      override writeHead(status: number, headers?: Fields): this
      override writeHead(status: number, phrase?: string, headers?: Fields): this
      override writeHead(status: number, phrase?: string | Fields, headers?: Fields): this {
        if (hasBegun) this.shouldKeepAlive = false
        return super.writeHead(status, phrase as string, headers)
      }
    },
    get hasBegun() {
      return hasBegun
    },
    begin() {
      hasBegun = true
    },
    attend(app) {
      const connections = new Set<Socket>()
      app.server.on('connection', (socket: Socket) => {
        connections.add(socket)
        socket.once('close', () => connections.delete(socket))
      })
      app.addHook('preClose', async () => {
        app.server.keepAliveTimeout = LINGER
        // Browsers connect ahead of time; to Node, who has not said anything yet is in the middle of a request.
        const silent = [...connections].filter(({ bytesRead }) => bytesRead === 0)
        const look = () => {
          for (const socket of silent) if (socket.bytesRead === 0) socket.destroy()
        }
        if (silent.length > 0) setTimeout(look, LINGER).unref()
      })
    },
  }
}
