import type { ClientAuth, CustomFetch } from 'openid-client'
import type { ClientCall, Credentials } from './client-credentials.js'
import { isAccepted, refusalOf } from './client-refusal.js'
import { createCredentialNews } from './credential-news.js'
import { NO_REPORT, type ProviderReport } from './provider-report.js'

/** How one client authenticates wherever openid-client calls in its name: token, revocation and the like. */
export interface ClientAuthentication {
  /** For a `Configuration`: notes that a call is to be authenticated. */
  readonly clientAuth: ClientAuth
  /**
   * A `fetch` that authenticates what was noted. Where the provider answers `invalid_client`, the call is made
   * again with other credentials of the client, and with a deadline of its own, of so many seconds: such an answer has
   * consumed neither code nor token (RFC 6749 §5.2).
   */
  wrap(fetch: CustomFetch, timeout: number): CustomFetch
}

interface AuthenticationOptions {
  /** What the client may authenticate with at this moment, the likeliest first. */
  readonly candidates: () => Promise<readonly Credentials[]>
  readonly now: () => number
  readonly report?: ProviderReport
}

/** Two secrets in two forms each: a sign-in must not fail while the one that works has not been tried. */
const MOST_CALLS = 4
/** Milliseconds for which refused credentials are left alone, so that wrong ones do not double every call for ever. */
const PAUSE = 30_000

/** Builds the authentication of a client, which remembers what the provider took last. */
export function createClientAuthentication({
  candidates,
  now,
  report = NO_REPORT,
}: AuthenticationOptions): ClientAuthentication {
  const tell = createCredentialNews(report)
  const calls = new WeakSet<URLSearchParams>()
  /** By endpoint, for one may refuse what the others take: when the pause of each name ends. */
  const pauses = new Map<string, Map<string, number>>()
  let preferred: string | undefined

  function attempts(url: string, all: readonly Credentials[]): Credentials[] {
    const paused = pauses.get(url)
    // What worked last has no pause: one stray refusal must not take it away.
    const promising = all
      .filter(({ name }) => name === preferred || now() >= (paused?.get(name) ?? 0))
      .sort((a, b) => Number(b.name === preferred) - Number(a.name === preferred))
    return promising.length > 0 ? promising.slice(0, MOST_CALLS) : all.slice(0, 1)
  }

  function accept(url: string, { name, isPreferredOnceAccepted }: Credentials): void {
    if (isPreferredOnceAccepted) {
      preferred = name
      pauses.delete(url)
    } else {
      // The key before this one keeps its pause, or every call would be made twice.
      pauses.get(url)?.delete(name)
    }
  }

  function refuse(url: string, { name }: Credentials): void {
    const paused = pauses.get(url) ?? new Map<string, number>()
    pauses.set(url, paused)
    // A pause is not prolonged by what is called during it: the others get their chance after it.
    if (now() >= (paused.get(name) ?? 0)) paused.set(name, now() + PAUSE)
  }

  return {
    clientAuth(_server, _client, body) {
      calls.add(body)
    },
    wrap: (fetch, timeout) => async (url, options) => {
      const { body } = options
      if (!(body instanceof URLSearchParams) || !calls.has(body)) return fetch(url, options)
      let answer: Response | undefined
      let deadline: { signal?: AbortSignal } = {}
      const refused: Credentials[] = []
      const all = await candidates()
      for (const credentials of attempts(url, all)) {
        const call = { url, body: new URLSearchParams(body), headers: new Headers(options.headers) }
        await credentials.prove(call)
        answer = await fetch(url, { ...options, ...plain(call), ...deadline })
        const mayBeMisread = credentials.isMalformedIfDecoded && credentials.name !== preferred
        const refusal = await refusalOf(answer, mayBeMisread)
        if (refusal === undefined) {
          if (await isAccepted(answer)) {
            accept(url, credentials)
            tell({ taken: credentials, refused, all })
          }
          return answer
        }
        refuse(url, credentials)
        refused.push(credentials)
        answer = refusal
        // Not what a slow refusal has left over: a token that is consumed by an abandoned call is lost.
        deadline = { signal: AbortSignal.timeout(timeout * 1000) }
      }
      if (answer === undefined) throw new TypeError('the client has nothing to authenticate with')
      return answer
    },
  }
}

const plain = ({ body, headers }: ClientCall) => ({ body, headers: Object.fromEntries(headers) })
