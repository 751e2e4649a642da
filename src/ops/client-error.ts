import type { Socket } from 'node:net'
import { ERRORS, type ErrorCode } from '../errors.js'

const CODES: { readonly [nodeCode: string]: ErrorCode } = { HPE_HEADER_OVERFLOW: 'headers_too_large' }

/** Answers what Node's parser refused: there is no request yet, so no page either. */
export function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  // The peer is gone, or an answer is already on its way.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const code = CODES[error.code ?? ''] ?? 'malformed_request'
  const body = JSON.stringify({ error: code, message: ERRORS[code].message })
  const reason = code === 'headers_too_large' ? 'Request Header Fields Too Large' : 'Bad Request'
  socket.end(
    [
      `HTTP/1.1 ${ERRORS[code].status} ${reason}`,
      'Content-Type: application/json; charset=utf-8',
      'Cache-Control: no-store',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
