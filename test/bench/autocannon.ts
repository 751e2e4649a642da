import type { Ending } from './ending.js'
import type { LoadGenerator } from './load.js'
import { runProgram } from './start-program.js'

/** The part of `autocannon --json` that is read here. */
interface AutocannonReport {
  readonly requests: { readonly average: number; readonly total: number }
  /** Milliseconds. */
  readonly latency: { readonly p99: number }
  readonly non2xx: number
  readonly errors: number
  readonly timeouts: number
}

/** autocannon's command line; it always sends the cookie of the headers. */
export const createAutocannon = (ending: Ending, program: string): LoadGenerator => ({
  name: 'autocannon',
  async run({ name, url, headers }, { seconds, connections }) {
    const command = [
      program,
      '--json',
      '--no-progress',
      `--connections=${connections}`,
      `--duration=${seconds}`,
      ...Object.entries(headers).map(([header, value]) => `--headers=${header}=${value}`),
      url,
    ]
    const output = await runProgram(ending, command)
    const { requests, latency, non2xx, errors, timeouts } = JSON.parse(output) as AutocannonReport
    const failures = non2xx + errors + timeouts
    if (failures > 0 || requests.total === 0) {
      throw new Error(`${name}: ${failures} failures in ${requests.total} requests`)
    }
    return { requestsPerSecond: requests.average, p99: latency.p99 }
  },
})
