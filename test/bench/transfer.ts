import { once } from 'node:events'
import { connect } from 'node:net'
import type { Server } from './servers/server.js'

/** Bytes that are written at once, and read at once. */
const CHUNK = Buffer.alloc(1 << 20, 'x')

/** Downloads so many bytes; rejects when it is not 200 and all of them. */
export const download = (server: Server, bytes: number): Promise<void> =>
  exchange(server, { line: `GET /download/${bytes}`, received: bytes })

/** Uploads so many bytes; rejects unless the answer is 200. */
export const upload = (server: Server, bytes: number): Promise<void> =>
  exchange(server, { line: `POST /upload/${bytes}`, sent: bytes })

interface Exchange {
  readonly line: string
  readonly sent?: number
  /** The least that has to come back. */
  readonly received?: number
}

/** A client that costs as little as can be, so that the server is what is measured; it looks at no more than it must. */
async function exchange(
  { name, url, headers }: Server,
  { line, sent = 0, received = 0 }: Exchange,
): Promise<void> {
  const { hostname, port, host } = new URL(url)
  let start = ''
  let bytes = 0
  const buffer = Buffer.alloc(CHUNK.length)
  const callback = (count: number) => {
    if (start === '') start = buffer.toString('latin1', 0, Math.min(count, 12))
    bytes += count
    return true
  }
  const socket = connect({ host: hostname, port: Number(port), onread: { buffer, callback } })
  const closed = once(socket, 'close')
  const lines = Object.entries({ Host: host, ...headers }).map(([header, value]) => `${header}: ${value}\r\n`)
  const length = sent > 0 ? `Content-Length: ${sent}\r\n` : ''
  socket.write(`${line} HTTP/1.1\r\n${lines.join('')}${length}Connection: close\r\n\r\n`)
  for (let left = sent; left > 0 && !socket.destroyed; left -= CHUNK.length) {
    if (!socket.write(CHUNK.subarray(0, left))) await Promise.race([once(socket, 'drain'), closed])
  }
  await closed
  if (start !== 'HTTP/1.1 200' || bytes < received) {
    throw new Error(`${name}: ${line} got ${start} and ${bytes} bytes`)
  }
}
