import type { ClientAuth, CustomFetch } from 'openid-client'
import type { ClientCall, Credentials } from './client-credentials.js'

/** How one client authenticates wherever openid-client calls in its name: token, revocation and the like. */
export interface ClientAuthentication {
  /** For a `Configuration`: notes that a call is to be authenticated. */
  readonly clientAuth: ClientAuth
  /**
   * A `fetch` that authenticates what was noted. Where the provider answers `invalid_client`, the call is made once
   * more with other credentials of the client: such an answer has consumed neither code nor token (RFC 6749 §5.2).
   */
  wrap(fetch: CustomFetch): CustomFetch
}

interface AuthenticationOptions {
  /** What the client may authenticate with at this moment, the likeliest first. */
  readonly candidates: () => Promise<readonly Credentials[]>
  readonly now: () => number
}

const MOST_CALLS = 2
/** Milliseconds for which refused credentials are left alone, so that wrong ones do not double every call for ever. */
const PAUSE = 30_000

/** Builds the authentication of a client, which remembers what the provider took last. */
export function createClientAuthentication({ candidates, now }: AuthenticationOptions): ClientAuthentication {
  const calls = new WeakSet<URLSearchParams>()
  /** Since one was accepted. */
  const refused = new Set<string>()
  let accepted: string | undefined
  let pauseEnds = 0

  async function attempts(): Promise<Credentials[]> {
    if (now() >= pauseEnds) refused.clear()
    const all = await candidates()
    const [first] = all
    const promising = all
      .filter(({ name }) => !refused.has(name))
      .sort((a, b) => Number(b.name === accepted) - Number(a.name === accepted))
    return promising.length > 0 || first === undefined ? promising.slice(0, MOST_CALLS) : [first]
  }

  function accept(name: string): void {
    accepted = name
    refused.clear()
  }

  function refuse(name: string): void {
    // A pause is not prolonged by what is called during it: the others get their chance after it.
    if (!refused.has(name)) pauseEnds = now() + PAUSE
    refused.add(name)
  }

  return {
    clientAuth(_server, _client, body) {
      calls.add(body)
    },
    wrap: (fetch) => async (url, options) => {
      const { body } = options
      if (!(body instanceof URLSearchParams) || !calls.has(body)) return fetch(url, options)
      let answer: Response | undefined
      for (const credentials of await attempts()) {
        const call = { url, body: new URLSearchParams(body), headers: new Headers(options.headers) }
        await credentials.prove(call)
        answer = await fetch(url, { ...options, ...plain(call) })
        const refusal = await refusalOf(answer)
        if (refusal === undefined) {
          if (await isAccepted(answer)) accept(credentials.name)
          return answer
        }
        refuse(credentials.name)
        answer = refusal
      }
      if (answer === undefined) throw new TypeError('the client has nothing to authenticate with')
      return answer
    },
  }
}

const plain = ({ body, headers }: ClientCall) => ({ body, headers: Object.fromEntries(headers) })

/**
 * An answer that refuses the client, in the one shape that openid-client reads: Okta says `errorCode` for `error` at
 * times, and a challenge would hide the body.
 */
async function refusalOf(answer: Response): Promise<Response | undefined> {
  const { status } = answer
  if (status !== 400 && status !== 401) return undefined
  const { error, errorCode, error_description, errorSummary } = await bodyOf(answer)
  if (error !== 'invalid_client' && errorCode !== 'invalid_client') return undefined
  return Response.json(
    { error: 'invalid_client', error_description: error_description ?? errorSummary },
    { status },
  )
}

// A dead code or token is found only after the client was.
async function isAccepted(answer: Response): Promise<boolean> {
  return answer.ok || (answer.status === 400 && (await bodyOf(answer)).error === 'invalid_grant')
}

async function bodyOf(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined)
  return typeof body === 'object' && body !== null ? { ...body } : {}
}
