import { parseArgs } from 'node:util'

/** How long and how hard to measure. */
export interface Options {
  /** Rounds of every work. */
  readonly rounds: number
  /** Of one server in one round. */
  readonly seconds: number
  readonly connections: number
  readonly sizes: Sizes
  /** Names of the works to do. */
  readonly only: readonly string[]
  /** Writes a CPU profile of every Doorward into `.bench`; profiling costs it some speed. */
  readonly profile: boolean
}

/** How much there is of what the works grow to. */
export interface Sizes {
  readonly tenants: number
  readonly rules: number
  readonly sessions: number
  /** Of one body. */
  readonly mebibytes: number
}

const DEFAULTS = { rounds: 5, seconds: 3, connections: 64 }
const FULL: Sizes = { tenants: 10_000, rules: 1000, sessions: 1_000_000, mebibytes: 1024 }
// A single round has no median and no warm-up: it only shows that everything measures.
const SMALL: Sizes = { tenants: 100, rules: 10, sessions: 1000, mebibytes: 32 }

/** Sessions a second that the slowest machine worth measuring on writes. */
const SLOWEST_FILL = 1500
/** Measurements of `seconds` in a round, and seconds that a round of the others takes. */
const [MEASUREMENTS, OTHERS] = [14, 60]
/** Seconds that all starts take together. */
const STARTS = 300

/** Reads `--rounds N --seconds N --connections N --tenants N … --only work,work --profile`. */
export function readOptions(args: string[], works: readonly string[]): Options {
  const text = { type: 'string' } as const
  const sizes = { tenants: text, rules: text, sessions: text, mebibytes: text }
  const { values } = parseArgs({
    args,
    options: {
      ...{ rounds: text, seconds: text, connections: text, only: text },
      ...sizes,
      profile: { type: 'boolean', default: false },
    },
  })
  const rounds = wholeNumber('rounds', values.rounds, DEFAULTS.rounds)
  const usual = rounds === 1 ? SMALL : FULL
  const size = (name: keyof Sizes): number => wholeNumber(name, values[name], usual[name], 20_000_000)
  return {
    rounds,
    seconds: wholeNumber('seconds', values.seconds, DEFAULTS.seconds),
    connections: wholeNumber('connections', values.connections, DEFAULTS.connections),
    sizes: {
      tenants: size('tenants'),
      rules: size('rules'),
      sessions: size('sessions'),
      mebibytes: size('mebibytes'),
    },
    only: readOnly(values.only, works),
    profile: values.profile,
  }
}

function readOnly(text: string | undefined, works: readonly string[]): readonly string[] {
  const chosen = text?.split(',') ?? works
  const unknown = chosen.filter((name) => !works.includes(name))
  if (unknown.length > 0) throw new Error(`--only knows ${works.join(', ')}, and not ${unknown.join(', ')}`)
  return chosen
}

/** What an option says, or `otherwise` where it is not there; throws unless it is a whole number from 1 on. */
export function wholeNumber(name: string, text: string | undefined, otherwise: number, most = 9999): number {
  if (text === undefined) return otherwise
  const number = /^\d+$/.test(text) ? Number(text) : 0
  if (number < 1 || number > most) throw new Error(`--${name} must be a whole number from 1 to ${most}`)
  return number
}

/** Milliseconds after which something must have gone wrong: half as long again as it takes, the fill, and the starts. */
export const timeLimit = ({ rounds, seconds, sizes }: Options): number =>
  (STARTS + sizes.sessions / SLOWEST_FILL + 1.5 * (rounds + 1) * (MEASUREMENTS * seconds + OTHERS)) * 1000
