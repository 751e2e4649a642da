import { parseArgs } from 'node:util'

/** How long and how hard to measure. */
export interface Options {
  readonly rounds: number
  /** Of one server in one round. */
  readonly seconds: number
  readonly connections: number
  /** Writes a CPU profile of every Doorward into `.bench`; profiling costs it some speed. */
  readonly profile: boolean
}

const DEFAULTS = { rounds: 3, seconds: 5, connections: 64 }
const MOST_SERVERS = 4

/** Reads `--rounds N --seconds N --connections N --profile`. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string' },
      profile: { type: 'boolean', default: false },
    },
  })
  return {
    rounds: wholeNumber('rounds', values.rounds, DEFAULTS.rounds),
    seconds: wholeNumber('seconds', values.seconds, DEFAULTS.seconds),
    connections: wholeNumber('connections', values.connections, DEFAULTS.connections),
    profile: values.profile,
  }
}

/** What an option says, or `otherwise` where it is not there; throws unless it is a whole number from 1 on. */
export function wholeNumber(name: string, text: string | undefined, otherwise: number, most = 9999): number {
  if (text === undefined) return otherwise
  const number = /^\d+$/.test(text) ? Number(text) : 0
  if (number < 1 || number > most) throw new Error(`--${name} must be a whole number from 1 to ${most}`)
  return number
}

/** Milliseconds after which something must have gone wrong: half as long again as it takes, and the start. */
export const timeLimit = ({ rounds, seconds }: Options): number =>
  (30 + 1.5 * MOST_SERVERS * (rounds + 1) * seconds) * 1000
