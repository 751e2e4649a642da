import type { Socket } from 'node:net'

/** Of every message. */
const PAYLOAD = Buffer.alloc(64, 'x')

// RFC 6455 §5.2: a final binary frame of less than 126 bytes. A mask of zeros leaves the payload as it is.
const FINAL_BINARY = 0x82
const MASKED = 0x80

/** A message as the client sends it. */
export const REQUEST = Buffer.concat([
  Buffer.from([FINAL_BINARY, MASKED | PAYLOAD.length, 0, 0, 0, 0]),
  PAYLOAD,
])

/** The same as the app sends it back. */
export const ANSWER = Buffer.concat([Buffer.from([FINAL_BINARY, PAYLOAD.length]), PAYLOAD])

/**
 * Answers every message on a socket. All messages are alike, so bytes are counted and nothing is parsed: the app and
 * the client share a core, and must not be what is measured.
 */
export function createEcho(socket: Socket): (chunk: Buffer) => void {
  let pending = 0
  return (chunk) => {
    pending += chunk.length
    for (; pending >= REQUEST.length; pending -= REQUEST.length) socket.write(ANSWER)
  }
}
