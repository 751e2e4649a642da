import { type ServerResponse, STATUS_CODES, validateHeaderValue } from 'node:http'
import { DoorwardError } from '../errors.js'
import { answerHeaders } from './answer-headers.js'

/**
 * Passes on what an upstream says before its answer, such as early hints; throws where Node would refuse it in an
 * answer. It is lost where it cannot be passed on at once: behind other answers of a pipeline, and where the client
 * does not keep up. HTTP/1.0 knows of none (RFC 9110 §15.2).
 */
export function relayInterimAnswer(response: ServerResponse, status: number, raw: readonly Buffer[]): void {
  if (status < 100) throw new DoorwardError('upstream_unreachable', { reason: `upstream: status ${status}` })
  const { socket, req } = response
  if (req.httpVersion !== '1.1' || !socket?.writable || socket.writableNeedDrain) return
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`]
  const headers = answerHeaders(status, raw)
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name, value] = headers.slice(index, index + 2) as [string, string]
    validateHeaderValue(name, value)
    lines.push(`${name}: ${value}`)
  }
  // Not `writeEarlyHints`, which takes no other status, and throws at links that browsers understand.
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}
