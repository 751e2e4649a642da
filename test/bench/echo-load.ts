import { once } from 'node:events'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { ANSWER, REQUEST } from './servers/echo.js'
import type { Server } from './servers/server.js'

/** Opens so many WebSockets, with one message on the way in each, and resolves how many came back in a second. */
export async function echoMessages(server: Server, sockets: number, seconds: number): Promise<number> {
  const open = await Promise.all(Array.from({ length: sockets }, () => openWebSocket(server)))
  let messages = 0
  for (const socket of open) {
    let pending = 0
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.length
      if (pending < ANSWER.length) return
      pending -= ANSWER.length
      messages++
      socket.write(REQUEST)
    })
  }
  const broken = Promise.all(open.map((socket) => once(socket, 'close').then(() => true)))
  for (const socket of open) socket.write(REQUEST)
  const begun = performance.now()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const rate = (messages * 1000) / (performance.now() - begun)
  const lost = open.filter((socket) => socket.destroyed).length
  for (const socket of open) socket.destroy()
  await broken
  if (lost > 0 || messages < sockets) throw new Error(`${server.name} lost ${lost} of ${sockets} WebSockets`)
  return rate
}

async function openWebSocket({ name, url, headers }: Server): Promise<Socket> {
  const outgoing = request(new URL('/websocket', url), {
    agent: false,
    headers: {
      ...headers,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
    },
  })
  outgoing.end()
  const [response, socket] = await Promise.race([
    once(outgoing, 'upgrade') as Promise<[{ statusCode?: number }, Socket]>,
    once(outgoing, 'response').then(([{ statusCode }]) => {
      throw new Error(`${name} answered a WebSocket with ${statusCode}`)
    }),
  ])
  if (response.statusCode !== 101) throw new Error(`${name} answered a WebSocket with ${response.statusCode}`)
  socket.setNoDelay(true)
  return socket
}
