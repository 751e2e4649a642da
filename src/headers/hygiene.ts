import { NEVER_FORWARDED, spellingOf } from '../header-names.js'
import type { HeaderList } from './identity.js'

/** Removes from a client's headers whatever only Doorward may say to the upstream. */
export interface HeaderHygiene {
  /** The headers that may pass, in order and spelling as they came; Cookie is left to the caller. */
  clean(rawHeaders: readonly string[], peerIsTrusted: boolean): HeaderList
}

type Verdict = 'pass' | 'drop' | 'drop unless trusted' | 'options'

// What a proxy in front may say of the request, and what apps believe; X-Forwarded-* besides.
const ONLY_FROM_TRUSTED = new Set([
  'x-forwarded',
  'x-original-uri',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
])

const REMEMBERED_NAMES = 1000

/** Builds the hygiene; `ownNames` are all header names that any tenant or the defaults may set. */
export function createHeaderHygiene(ownNames: Iterable<string>): HeaderHygiene {
  const dropped = new Set([...NEVER_FORWARDED, ...ownNames].map(spellingOf))
  const verdicts = new Map<string, Verdict>()

  const judge = (name: string): Verdict => {
    const spelled = spellingOf(name)
    if (name.toLowerCase() === 'connection') return 'options'
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
      let named: Set<string> | undefined
      const passed: HeaderList = []
      for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        const name = rawHeaders[index] as string
        const judged = verdict(name)
        if (judged === 'pass' || (judged === 'drop unless trusted' && peerIsTrusted)) {
          passed.push(name, rawHeaders[index + 1] as string)
        } else if (judged === 'options') named = withOptions(rawHeaders[index + 1] as string, named)
      }
      return named === undefined ? passed : without(named, passed)
    },
  }
}

// RFC 9110 §7.6.1: what Connection names concerns this connection only. Content-Length frames the body; a client that
// names it must not change the framing.
function withOptions(value: string, named: Set<string> | undefined): Set<string> | undefined {
  let options = named
  for (const option of value.toLowerCase().split(',')) {
    const name = option.trim()
    if (name === 'keep-alive' || name === 'close' || name === 'content-length') continue
    options ??= new Set()
    options.add(name)
  }
  return options
}

const without = (names: ReadonlySet<string>, headers: HeaderList): HeaderList =>
  headers.filter((_, index) => !names.has((headers[index - (index % 2)] ?? '').toLowerCase()))
