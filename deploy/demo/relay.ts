import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Bytes passed on, both ways. */
export interface Relay {
  close(): void
}

/**
 * Passes connections that reach this machine from outside on to a port of its loopback interface. The orgs listen
 * there only, under the one address that both a browser and Doorward have to use: `http://localhost:PORT`.
 */
export async function startRelay(from: number, to: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  const track = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    socket.on('error', () => other.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
    socket.pipe(other)
  }
  const server = createServer((outside) => {
    const inside = connect(to, '127.0.0.1')
    track(outside, inside)
    track(inside, outside)
  })
  server.listen(from, '0.0.0.0')
  await once(server, 'listening')
  return {
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
