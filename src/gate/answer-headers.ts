import { DoorwardError } from '../errors.js'

// RFC 9110 §7.6.1: these concern the connection to the upstream. Node announces no trailers, and needs no announcement.
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/**
 * Names and values in turn, latin1, of an upstream's answer, without those that concern its connection only. Throws
 * `upstream_unreachable` where its body is in a coding that would be lost with its name.
 */
export function answerHeaders(status: number, raw: readonly Buffer[]): string[] {
  const lines = headerLines(raw)
  const dropped = new Set(HOP_BY_HOP)
  // RFC 9110 §8.6: there is no body that it could be of.
  if (status < 200 || status === 204) dropped.add('content-length')
  for (const [name, value] of lines) {
    if (isCoded(name, value)) {
      throw new DoorwardError('upstream_unreachable', { reason: `upstream: Transfer-Encoding: ${value}` })
    }
    if (name.toLowerCase() !== 'connection') continue
    for (const option of value.split(',')) dropped.add(option.trim().toLowerCase())
  }
  return lines.filter(([name]) => !dropped.has(name.toLowerCase())).flat()
}

/** Names and values, latin1, in pairs. */
export function headerLines(raw: readonly Buffer[]): [name: string, value: string][] {
  const lines: [name: string, value: string][] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    lines.push([(raw[index] as Buffer).toString('latin1'), (raw[index + 1] as Buffer).toString('latin1')])
  }
  return lines
}

// Undici undoes chunks and nothing else; no other coding has been asked for, since TE is not forwarded.
function isCoded(name: string, value: string): boolean {
  return name.toLowerCase() === 'transfer-encoding' && !/^(?:chunked|identity)$/i.test(value.trim())
}
