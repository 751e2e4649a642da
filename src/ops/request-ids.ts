import { randomFillSync } from 'node:crypto'

/** Twelve digits: short enough to be read out over the phone. */
const BYTES = 6
/** Made at once: each call for randomness costs as much as many of them. */
const AHEAD = 512

/** Makes the ids of requests, under which the log and the pages name them. */
export function createRequestIds(): () => string {
  const bytes = Buffer.alloc(BYTES * AHEAD)
  let next = bytes.length
  return () => {
    if (next === bytes.length) {
      randomFillSync(bytes)
      next = 0
    }
    next += BYTES
    return bytes.toString('hex', next - BYTES, next)
  }
}
