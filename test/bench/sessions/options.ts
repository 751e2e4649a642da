import { parseArgs } from 'node:util'
import { wholeNumber } from '../options.js'

/** How many sessions to measure with, and how long. */
export interface SessionsOptions {
  /** Sessions in the full Redis. */
  readonly count: number
  readonly rounds: number
  /** Of one measurement in one round. */
  readonly seconds: number
}

const DEFAULTS = { count: 1_000_000, rounds: 3, seconds: 5 }
const MOST_SESSIONS = 20_000_000
/** Sessions a second that the slowest machine worth measuring on writes. */
const SLOWEST_FILL = 1500
/** In one round: sign-ins and their ends, lookups and cached ones, each at both Redis; and two processes. */
const MEASUREMENTS = 2 * 4 + 2

/** Reads `--count N --rounds N --seconds N`. */
export function readSessionsOptions(args: string[]): SessionsOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { count: text, rounds: text, seconds: text } })
  return {
    count: wholeNumber('count', values.count, DEFAULTS.count, MOST_SESSIONS),
    rounds: wholeNumber('rounds', values.rounds, DEFAULTS.rounds),
    seconds: wholeNumber('seconds', values.seconds, DEFAULTS.seconds),
  }
}

/** Milliseconds after which something must have gone wrong: half as long again as it takes, the fill, and the start. */
export const sessionsTimeLimit = ({ count, rounds, seconds }: SessionsOptions): number =>
  (60 + count / SLOWEST_FILL + 1.5 * MEASUREMENTS * (rounds + 1) * seconds) * 1000
