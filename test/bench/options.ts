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
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    connections: positive('connections', values.connections),
    profile: values.profile,
  }
}

function positive(name: keyof typeof DEFAULTS, text: string | undefined): number {
  if (text === undefined) return DEFAULTS[name]
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`--${name} must be a whole number from 1 to 9999`)
  return Number(text)
}

/** Milliseconds after which something must have gone wrong: half as long again as it takes, and the start. */
export const timeLimit = ({ rounds, seconds }: Options): number =>
  (30 + 1.5 * MOST_SERVERS * (rounds + 1) * seconds) * 1000
