import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

/**
 * Ends the answers that wait behind another one of a pipeline when the client leaves. Node ends the first only, and
 * whoever makes the others would go on: a stream of the app for ever.
 */
export const abandonedAnswers = fp(
  async function abandonedAnswers(app) {
    // One listener for each connection: a pipeline may be long.
    const waiting = new WeakMap<Socket, Set<ServerResponse>>()

    app.addHook('onRequest', ({ raw: { socket } }, { raw: response }, done) => {
      // The one that has its turn has the socket, and Node's attention.
      if (response.socket !== null) return done()
      const queue = waiting.get(socket) ?? new Set()
      if (!waiting.has(socket)) {
        waiting.set(socket, queue)
        socket.once('close', () => queue.forEach(abandon))
      }
      queue.add(response)
      response.once('close', () => queue.delete(response))
      done()
    })
  },
  { name: 'abandoned-answers' },
)

function abandon(response: ServerResponse): void {
  if (response.socket !== null || response.writableFinished) return
  response.destroy()
  response.emit('close')
}
