import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Whether this is a WebSocket handshake (RFC 6455 §4.2.1); Firefox says `Connection: keep-alive, Upgrade`. */
export function isWebSocketUpgrade({ method, headers }: IncomingMessage): boolean {
  const options = headers.connection?.toLowerCase().split(',') ?? []
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    options.some((option) => option.trim() === 'upgrade')
  )
}

// Node's own handlers look there too; nothing public says whether an answer is under way.
type ServedSocket = Socket & { readonly _httpMessage?: ServerResponse | null }

/**
 * Lets only WebSocket handshakes reach the server's upgrade listener. Node hands it every request that names an
 * upgrade, with the body unread and no error listener on the socket: a reset would end the process, and what
 * `Upgrade: h2c` came with would be lost.
 */
export function guardUpgrades(server: Server): void {
  const listeners = server.listeners('upgrade')
  server.removeAllListeners('upgrade')
  server.on('upgrade', (request: IncomingMessage, socket: ServedSocket, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    afterAnswers(socket, () => {
      if (!isWebSocketUpgrade(request)) return serveAsHttp(server, request, socket, head)
      for (const listener of listeners) listener.call(server, request, socket, head)
    })
  })
}

// An upgrade may come behind requests whose answers are still to be sent: the socket is theirs until then, and taking
// it from them throws where nobody catches.
function afterAnswers(socket: ServedSocket, serve: () => void): void {
  const answer = socket._httpMessage
  if (answer) answer.once('close', () => afterAnswers(socket, serve))
  else if (socket.writable) serve()
}

// RFC 9110 §7.8: a server may ignore Upgrade. The request goes back to where it came from without it, and is parsed
// anew together with its body.
function serveAsHttp(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (!/^(?:upgrade|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[index + 1]}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
