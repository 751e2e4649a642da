import { DoorwardError } from '../errors.js'

const TIMEOUTS = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
])

/** What a failed call to the upstream means: 504 when it was too slow, otherwise 502; a refusal of ours stays one. */
export function toUpstreamError(cause: Error): DoorwardError {
  if (cause instanceof DoorwardError) return cause
  // What undici's parser refuses has a code that is not there.
  const code = 'code' in cause && cause.code !== undefined ? String(cause.code) : cause.name
  const reason = `upstream: ${systemMessage(cause) ?? code}`
  return new DoorwardError(TIMEOUTS.has(code) ? 'upstream_timeout' : 'upstream_unreachable', {
    cause,
    reason,
  })
}

// The system's own sentences name the address, of which there may be several, and nothing that the app has said.
function systemMessage(cause: Error): string | undefined {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  return first instanceof Error && 'syscall' in first ? first.message : undefined
}
