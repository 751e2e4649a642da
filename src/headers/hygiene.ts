import type { HeaderList } from './identity.js'

/** Removes from a client's headers whatever only Doorward may say to the upstream. */
export interface HeaderHygiene {
  /** The headers that may pass, in order and spelling as they came; Cookie is left to the caller. */
  clean(rawHeaders: readonly string[], peerIsTrusted: boolean): HeaderList
}

type Verdict = 'pass' | 'drop' | 'drop unless trusted'

// RFC 9110 §7.6.1 names the hop-by-hop fields. `expect` is answered here, `host` and `cookie` are set anew, and
// `forwarded` would contradict X-Forwarded-*.
const NEVER_FORWARDED = [
  'connection',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]

// What a proxy in front may say of the request, and what apps believe; X-Forwarded-* besides.
const ONLY_FROM_TRUSTED = new Set([
  'x-forwarded',
  'x-original-uri',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
])

const REMEMBERED_NAMES = 1000

// WSGI, PHP and Rails read "_" as "-" (CVE-2025-64484), others "."; so one spelling stands for all of them.
const spelling = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '-')

/** Builds the hygiene; `ownNames` are all header names that any tenant or the defaults may set. */
export function createHeaderHygiene(ownNames: Iterable<string>): HeaderHygiene {
  const dropped = new Set([...NEVER_FORWARDED, ...ownNames].map(spelling))
  const verdicts = new Map<string, Verdict>()

  const judge = (name: string): Verdict => {
    const spelled = spelling(name)
    if (dropped.has(spelled)) return 'drop'
    // Another spelling of the length would frame the body anew for whoever takes "_" for "-".
    if (spelled === 'content-length' && name.toLowerCase() !== spelled) return 'drop'
    // Upstreams believe more of this family (-Port, -Prefix, -Ssl …) than Doorward sets.
    const isSpoofable = spelled.startsWith('x-forwarded-') || ONLY_FROM_TRUSTED.has(spelled)
    return isSpoofable ? 'drop unless trusted' : 'pass'
  }

  const verdict = (name: string): Verdict => {
    const known = verdicts.get(name)
    if (known !== undefined) return known
    const judged = judge(name)
    // Clients choose the names, so the memory of them is bounded.
    if (verdicts.size < REMEMBERED_NAMES) verdicts.set(name, judged)
    return judged
  }

  return {
    clean(rawHeaders, peerIsTrusted) {
      const named = connectionOptions(rawHeaders)
      const passed: HeaderList = []
      for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        const name = rawHeaders[index] as string
        const judged = verdict(name)
        if (judged === 'drop' || (judged === 'drop unless trusted' && !peerIsTrusted)) continue
        if (named?.has(name.toLowerCase())) continue
        passed.push(name, rawHeaders[index + 1] as string)
      }
      return passed
    },
  }
}

// Content-Length frames the body; a client that names it as hop-by-hop must not change the framing.
function connectionOptions(rawHeaders: readonly string[]): Set<string> | undefined {
  let options: Set<string> | undefined
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if ((rawHeaders[index] as string).toLowerCase() !== 'connection') continue
    for (const option of (rawHeaders[index + 1] as string).toLowerCase().split(',')) {
      const name = option.trim()
      if (name === 'keep-alive' || name === 'close' || name === 'content-length') continue
      options ??= new Set()
      options.add(name)
    }
  }
  return options
}
