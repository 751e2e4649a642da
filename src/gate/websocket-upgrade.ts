import type { IncomingMessage } from 'node:http'

/** Whether this is a WebSocket handshake (RFC 6455 §4.2.1); Firefox says `Connection: keep-alive, Upgrade`. */
export function isWebSocketUpgrade({ method, headers }: IncomingMessage): boolean {
  const options = headers.connection?.toLowerCase().split(',') ?? []
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    options.some((option) => option.trim() === 'upgrade')
  )
}
