import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { Refusal } from './fields.js'
import { fileSentence } from './file-sentence.js'

/** What the query of a Redis URL says. */
export interface RedisParameters {
  /** Every key begins with it and a colon. */
  readonly prefix: string
  /** Milliseconds after which a store that does not answer counts as down. */
  readonly timeout: number
  /** Present where connections are encrypted. */
  readonly tls?: { readonly ca?: string | undefined } | undefined
  readonly sentinel_username?: string | undefined
  readonly sentinel_password?: string | undefined
}

interface Scheme {
  readonly kind: 'redis' | 'sentinel' | 'cluster'
  /** Whether the scheme itself says that connections are encrypted. */
  readonly isSecure: boolean
}

const UNITS = { ms: 1, s: 1000 }
const SHORTEST_TIMEOUT = 10
const LONGEST_TIMEOUT = 60_000

/** Reads the query of a Redis URL. */
export function parseRedisParameters(query: string | undefined, scheme: Scheme): RedisParameters | Refusal {
  const known = namesOf(scheme)
  const found = new Map<string, string>()
  for (const parameter of query === undefined ? [] : query.split('&')) {
    const [, name = '', value = ''] = /^([a-z_]+)=(.+)$/.exec(parameter) ?? []
    if (!known.includes(name) || found.has(name)) {
      return new Refusal(`may have the parameters ${known.join('=, ')}=, each once`)
    }
    const text = decodePercent(value)
    if (text === undefined) return new Refusal(`must have ${name}= in percent-encoding`)
    found.set(name, text)
  }
  return read(found, scheme)
}

function namesOf({ kind, isSecure }: Scheme): string[] {
  const common = ['prefix', 'timeout']
  if (kind === 'redis') return isSecure ? [...common, 'ca'] : common
  const secure = [...common, 'tls', 'ca']
  return kind === 'sentinel' ? [...secure, 'sentinel_username', 'sentinel_password'] : secure
}

function read(found: ReadonlyMap<string, string>, { isSecure }: Scheme): RedisParameters | Refusal {
  const prefix = found.get('prefix') ?? 'doorward'
  if (!/^[\w.:-]{1,64}$/.test(prefix))
    return new Refusal('must have a prefix= of 1 to 64 A-Z a-z 0-9 _ . : -')
  const timeout = parseTimeout(found.get('timeout') ?? '1s')
  if (timeout === undefined) return new Refusal('must have a timeout= such as 500ms or 2s, from 10ms to 60s')
  if (![undefined, 'true'].includes(found.get('tls'))) return new Refusal('must have tls=true or no tls=')
  const isEncrypted = isSecure || found.has('tls')
  const ca = found.get('ca')
  if (ca !== undefined && !isEncrypted) return new Refusal('must have tls=true beside ca=')
  const unreadable = ca === undefined ? undefined : judgeFile(ca)
  if (unreadable !== undefined) return unreadable
  const sentinel_username = found.get('sentinel_username')
  const sentinel_password = found.get('sentinel_password')
  const tls = isEncrypted ? { ca } : undefined
  return { prefix, timeout, tls, sentinel_username, sentinel_password }
}

function parseTimeout(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,5})(ms|s)$/.exec(text) ?? []
  const milliseconds = Number(digits) * (UNITS[unit as keyof typeof UNITS] ?? Number.NaN)
  return milliseconds >= SHORTEST_TIMEOUT && milliseconds <= LONGEST_TIMEOUT ? milliseconds : undefined
}

/** Its content is read with each connection, so that a renewed one needs no restart. */
function judgeFile(path: string): Refusal | undefined {
  if (!isAbsolute(path)) return new Refusal('must name the file of ca= by its absolute path')
  try {
    readFileSync(path)
    return undefined
  } catch (error) {
    return new Refusal(`names a file as ca= that ${fileSentence(error)}`)
  }
}

/** The text that is meant; `undefined` when it is no percent-encoding. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
