import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createEcho } from './echo.js'

const CHUNK = Buffer.alloc(1 << 20, 'x')
// RFC 6455 §1.3
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const server = createServer((request, response) => {
  const [, route, bytes] = (request.url ?? '').split('/')
  if (route === 'download') send(response, Number(bytes))
  else if (route === 'upload') receive(request, response, Number(bytes))
  else response.writeHead(200).end()
})
server.on('upgrade', switchToEcho)
server.listen(Number(process.argv[2]), '127.0.0.1')

/** Sends so many bytes, as fast as they are taken. */
function send(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-length': bytes })
  let left = bytes
  const more = () => {
    while (left > 0) {
      const chunk = CHUNK.subarray(0, left)
      left -= chunk.length
      if (!response.write(chunk)) return
    }
    response.end()
  }
  response.on('drain', more)
  more()
}

/** Takes a whole body and says 200 when it was as long as it had to be. */
function receive(request: IncomingMessage, response: ServerResponse, bytes: number): void {
  let count = 0
  request.on('data', (chunk: Buffer) => {
    count += chunk.length
  })
  request.on('end', () => response.writeHead(count === bytes ? 200 : 400).end())
}

function switchToEcho(request: IncomingMessage, socket: Socket): void {
  const key = request.headers['sec-websocket-key'] ?? ''
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  socket.setNoDelay(true)
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  socket.on('data', createEcho(socket))
  socket.on('error', () => socket.destroy())
}
