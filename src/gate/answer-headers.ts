import { DoorwardError } from '../errors.js'

// RFC 9110 §7.6.1: these concern the connection to the upstream. Node announces no trailers, and needs no announcement.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
// What Connection names in nearly every answer, and is dropped anyway.
const USUAL_OPTIONS = /^(?:keep-alive|close)$/i
// Undici undoes chunks and nothing else; no other coding has been asked for, since TE is not forwarded.
const UNDONE_CODINGS = /^\s*(?:chunked|identity)\s*$/i

/**
 * Names and values in turn, latin1, of an upstream's answer, without those that concern its connection only. Throws
 * `upstream_unreachable` where its body is in a coding that would be lost with its name.
 */
export function answerHeaders(status: number, raw: readonly Buffer[]): string[] {
  const passed: string[] = []
  // RFC 9110 §8.6: there is no body that it could be of.
  let dropped = status < 200 || status === 204 ? ['content-length'] : undefined
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] as Buffer).toString('latin1')
    const value = (raw[index + 1] as Buffer).toString('latin1')
    const spelled = name.toLowerCase()
    if (!HOP_BY_HOP.has(spelled)) passed.push(name, value)
    else if (spelled === 'transfer-encoding' && !UNDONE_CODINGS.test(value)) {
      throw new DoorwardError('upstream_unreachable', { reason: `upstream: Transfer-Encoding: ${value}` })
    } else if (spelled === 'connection' && !USUAL_OPTIONS.test(value)) {
      dropped = [...(dropped ?? []), ...value.split(',').map((option) => option.trim().toLowerCase())]
    }
  }
  return dropped === undefined ? passed : without(dropped, passed)
}

/** Names and values, latin1, in pairs. */
export function headerLines(raw: readonly Buffer[]): [name: string, value: string][] {
  const lines: [name: string, value: string][] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    lines.push([(raw[index] as Buffer).toString('latin1'), (raw[index + 1] as Buffer).toString('latin1')])
  }
  return lines
}

const without = (names: readonly string[], headers: readonly string[]): string[] =>
  headers.filter((_, index) => !names.includes((headers[index - (index % 2)] ?? '').toLowerCase()))
