import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Milliseconds for a client to take its answer, after which the connection is cut. */
const LINGER = 2_000

/** The requests whose connection Node has handed over: nobody parses what else comes on it. */
const taken = new WeakSet<IncomingMessage>()

/** Whether this is a WebSocket handshake, which has its connection for itself. */
export const isWebSocketUpgrade = (request: IncomingMessage): boolean => taken.has(request)

/**
 * Serves the requests that Node hands to an upgrade listener: every one that names an upgrade, with the body unread
 * and no error listener on the socket, so that a reset would end the process. WebSocket handshakes take the same way
 * as all requests, for the rest the wish is ignored.
 */
export function serveUpgrades(app: FastifyInstance): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Once, however many requests of this connection have asked for an upgrade.
    socket.off('error', destroySocket).on('error', destroySocket)
    whenAnswered(socket, () => {
      if (asksForWebSocket(request)) serveHandshake(app, request, socket, head)
      else serveAsHttp(app, request, socket, head)
    })
  })
}

function destroySocket(this: Socket): void {
  this.destroy()
}

// Node looks there too; nothing public says whether an answer is under way.
type ServedSocket = Socket & { readonly _httpMessage?: ServerResponse | null }

// A client may send its request right behind others. Answers keep their order (RFC 9112 §9.3.2), and a connection that
// still belongs to one cannot be given to another: Node would throw, and the process end.
function whenAnswered(socket: ServedSocket, serve: () => void): void {
  const before = socket._httpMessage
  if (!before) {
    if (socket.writable) serve()
    return
  }
  // Node does neither any more for a connection that it has handed over.
  const stopNoticing = noticeLeaving(socket)
  const goOn = () => before.emit('drain')
  socket.on('drain', goOn)
  before.once('close', () => {
    socket.off('drain', goOn)
    stopNoticing()
    whenAnswered(socket, serve)
  })
}

// RFC 6455 §4.2.1; Firefox says `Connection: keep-alive, Upgrade`. RFC 9110 §7.8: HTTP/1.0 cannot ask for an upgrade.
function asksForWebSocket({ method, headers, httpVersion }: IncomingMessage): boolean {
  const options = headers.connection?.toLowerCase().split(',') ?? []
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    options.some((option) => option.trim() === 'upgrade')
  )
}

function serveHandshake(app: FastifyInstance, request: IncomingMessage, socket: Socket, head: Buffer): void {
  taken.add(request)
  // Frames that came too early are the first thing to be read, by whoever reads.
  if (head.length > 0) socket.unshift(head)
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => hangUp(socket))
  app.routing(request, response)
}

// An answer other than 101 is the last: what was sent behind the handshake is nobody's request. It is read and thrown
// away, for a connection that is closed with bytes unread is reset, and the answer lost with it.
function hangUp(socket: Socket): void {
  socket.resume()
  socket.end()
  const timer = setTimeout(() => socket.destroy(), LINGER).unref()
  socket.once('close', () => clearTimeout(timer))
}

/**
 * Watches for the end of a connection that nobody reads yet: who asked for a WebSocket may leave before the upstream
 * has answered. Returns what ends the watch; nothing that was sent is lost.
 */
export function noticeLeaving(socket: Socket): () => void {
  const early: Buffer[] = []
  let held = 0
  const look = () => {
    // The end is told only to who has read all before it; how much somebody may send too early has a bound.
    if (held > socket.readableHighWaterMark) return
    const bytes: Buffer | null = socket.read()
    if (bytes === null) return
    early.push(bytes)
    held += bytes.length
  }
  const leave = () => socket.destroy()
  socket.on('readable', look)
  socket.once('end', leave)
  return () => {
    socket.removeListener('readable', look)
    socket.removeListener('end', leave)
    if (held > 0 && !socket.destroyed) socket.unshift(Buffer.concat(early.splice(0)))
    held = 0
  }
}

// RFC 9110 §7.8: a server may ignore Upgrade. The request goes back to where it came from without it, and is parsed
// anew together with its body.
function serveAsHttp(
  { server }: FastifyInstance,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void {
  const { method, url, httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (!/^(?:upgrade|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[index + 1]}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
