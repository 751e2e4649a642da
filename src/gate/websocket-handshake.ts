import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { util } from 'undici'
import { DoorwardError } from '../errors.js'
import { answerHeaders } from './answer-headers.js'

// RFC 6455 §1.3
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The key of a browser's handshake (RFC 6455 §4.2.1); throws where it is none that an upstream could answer. */
export function requireHandshake({ headers }: IncomingMessage): string {
  const key = headers['sec-websocket-key'] ?? ''
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) throw malformed('an incomplete WebSocket handshake')
  // The upstream would take the first frames for it.
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) {
    throw malformed('a WebSocket handshake with a body')
  }
  return key
}

const malformed = (reason: string) => new DoorwardError('malformed_request', { reason })

/** Throws where an upstream has switched protocols, but not to the WebSocket of this key (RFC 6455 §4.1). */
export function requireSwitch(key: string, rawHeaders: readonly Buffer[]): void {
  const { upgrade, 'sec-websocket-accept': accepted } = util.parseHeaders([...rawHeaders])
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  if (upgrade?.toString().toLowerCase() === 'websocket' && accepted === accept) return
  const reason = 'upstream: it has switched protocols, but not to the WebSocket that was asked for'
  throw new DoorwardError('upstream_unreachable', { reason })
}

/** The head, latin1, with which the browser hears of an upstream's switch; throws as `answerHeaders` does. */
export function switchingHead(rawHeaders: readonly Buffer[]): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
  const headers = answerHeaders(101, rawHeaders)
  for (let index = 0; index + 1 < headers.length; index += 2) {
    lines.push(`${headers[index]}: ${headers[index + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}
