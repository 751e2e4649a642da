import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { ERRORS, type ErrorCode } from '../errors.js'

// Node's own handler looks there too; nothing public says whose turn it is to be answered.
type ServedSocket = Socket & { readonly _httpMessage?: ServerResponse | null }

const CODES: { readonly [nodeCode: string]: ErrorCode } = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Answers what Node's parser refused, and tells the error: there is no request yet, so no page either. */
export function clientErrorHandler(
  error: Error & { code?: string },
  socket: ServedSocket,
  tell: (code: ErrorCode) => void = () => undefined,
): void {
  const answer = socket._httpMessage
  // The second: it left in the middle of a request.
  const isGone = error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE'
  // What is refused came behind a whole request, and would be taken for its answer. That one is still sent.
  if (answer?.req.complete && !isGone) {
    answer.shouldKeepAlive = false
    answer.once('close', () => socket.destroySoon())
    return
  }
  // The peer is gone, or in the middle of an answer, into which another must not be written. A browser that has
  // connected ahead of time and said nothing would take the answer for that of its first request.
  const isSilent = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0
  if (isGone || isSilent || !socket.writable || answer?.headersSent) {
    socket.destroy()
    return
  }
  const code = CODES[error.code ?? ''] ?? 'malformed_request'
  tell(code)
  const body = JSON.stringify({ error: code, message: ERRORS[code].message })
  socket.end(
    [
      `HTTP/1.1 ${ERRORS[code].status} ${STATUS_CODES[ERRORS[code].status]}`,
      'Content-Type: application/json; charset=utf-8',
      'Cache-Control: no-store',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
