import type { CustomFetch, ServerMetadata } from 'openid-client'
import type { CallOutcome, ProviderEndpoint } from '../observer.js'

/** Hears how a provider has taken a call, and after how many milliseconds. */
export type CallObserver = (endpoint: ProviderEndpoint, outcome: CallOutcome, time: number) => void

/** The same `fetch`, whose calls are told to an observer; `endpointAt` says what is at a URL. */
export const observeFetch =
  (fetch: CustomFetch, observe: CallObserver, endpointAt: (url: string) => ProviderEndpoint): CustomFetch =>
  async (url, options) => {
    const begun = performance.now()
    const tell = (outcome: CallOutcome) => observe(endpointAt(url), outcome, performance.now() - begun)
    try {
      const answer = await fetch(url, options)
      tell(outcomeOf(answer.status))
      return answer
    } catch (error) {
      tell(error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unreachable')
      throw error
    }
  }

function outcomeOf(status: number): CallOutcome {
  if (status < 300) return 'answered'
  if (status === 429) return 'limited'
  return status < 500 ? 'refused' : 'failed'
}

/** Which endpoint of a provider a client's call is for. */
export function endpointOf(metadata: ServerMetadata, url: string): ProviderEndpoint {
  const isAt = (known: string | undefined) =>
    known !== undefined && URL.canParse(known) && new URL(known).href === url
  if (isAt(metadata.userinfo_endpoint)) return 'userinfo'
  return isAt(metadata.revocation_endpoint) ? 'revocation' : 'token'
}
