import { randomBytes } from 'node:crypto'

/** RFC 6455 §7.4.1: 1001, the endpoint is going away. */
const GOING_AWAY = Buffer.from([0x03, 0xe9])
const FINAL_CLOSE = 0x88
const MASKED = 0x80

/** The Close frame that a browser is told with. */
export const closeForBrowser = (): Buffer => Buffer.from([FINAL_CLOSE, GOING_AWAY.length, ...GOING_AWAY])

/** The Close frame that an app is told with: masked, for towards it Doorward is a client (RFC 6455 §5.3). */
export function closeForUpstream(): Buffer {
  const mask = randomBytes(4)
  const payload = GOING_AWAY.map((byte, index) => byte ^ (mask[index] as number))
  return Buffer.from([FINAL_CLOSE, MASKED | payload.length, ...mask, ...payload])
}
