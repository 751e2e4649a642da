import type { Credentials } from './client-credentials.js'
import type { ProviderReport } from './provider-report.js'

/** An authenticated call of a client that the provider has let in. */
interface AcceptedCall {
  readonly taken: Credentials
  /** Tried before in the same call. */
  readonly refused: readonly Credentials[]
  /** All that the client has. */
  readonly all: readonly Credentials[]
}

/**
 * Builds what tells an operator which credentials of a client work: when the provider takes others than before, and
 * when it refuses some of them; once for each such state, not for each call.
 */
export function createCredentialNews(report: ProviderReport): (call: AcceptedCall) => void {
  let lastTaken: string | undefined
  let lastRefused: string | undefined

  return ({ taken, refused, all }) => {
    const isOther = taken.place !== lastTaken
    const isNews = lastTaken !== undefined || all.some(({ place }) => place !== taken.place)
    // Another form of the same secret is nothing that anybody would have to change, and what is refused in one of its
    // forms may be good in the other.
    const isRefused = ({ place }: Credentials) =>
      all.every((other) => other.place !== place || refused.includes(other))
    const problem = refused.find((one) => one.place !== taken.place && isRefused(one))
    if (problem !== undefined && (isOther || problem.place !== lastRefused)) {
      const what = `the provider takes ${taken.place} and refuses ${problem.place}`
      report.credentialsRefused(`${what}: ${problem.remedy}`)
    } else if (isOther && isNews) {
      report.credentialsTaken(`the provider takes ${taken.place}`)
    }
    if (isOther || problem !== undefined) lastRefused = problem?.place
    lastTaken = taken.place
  }
}
