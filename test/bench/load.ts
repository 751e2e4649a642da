import { findProgram } from '../fixtures/find-program.js'
import { createAutocannon } from './autocannon.js'
import type { Ending } from './ending.js'
import type { Server } from './servers/server.js'
import { createWrk } from './wrk.js'

/** What a load generator has seen. */
export interface LoadFigures {
  readonly requestsPerSecond: number
  /** Milliseconds; with as many requests in flight as there are connections, so a busier server shows it here. */
  readonly p99: number
}

export interface LoadGenerator {
  readonly name: string
  /**
   * Asks a server again and again over kept-alive connections. Rejects when a single answer was an error: what
   * did not work has no speed.
   */
  run(server: Server, load: { seconds: number; connections: number }): Promise<LoadFigures>
}

/** wrk, or autocannon where wrk is missing: a Node program, which is itself the bottleneck for the fast servers. */
export function chooseLoadGenerator(ending: Ending): LoadGenerator {
  const wrk = findProgram('wrk')
  if (wrk !== undefined) return createWrk(ending, wrk)
  const autocannon = findProgram('autocannon')
  if (autocannon !== undefined) return createAutocannon(ending, autocannon)
  throw new Error('install wrk (a Debian package) or autocannon (npm install --global autocannon)')
}
