import { ENOUGH_CPU } from './cpu-time.js'
import { isReached, type Row } from './row.js'
import { median } from './summary.js'

/** How often a server did something in a second, and the seconds of CPU that it took meanwhile, per second. */
export interface Rate {
  readonly server: string
  readonly perSecond: number
  readonly cpu: number | undefined
}

/** What is compared with whom, and how good Doorward has to be. */
export interface Comparison {
  readonly work: string
  readonly unit: string
  readonly own: string
  readonly against: string
  readonly atLeast: number
}

/** Compares the medians of two servers. Where the other one had less than a core, the ratio by CPU second counts too. */
export function compareRates(rates: readonly Rate[], comparison: Comparison): Row {
  const { work, unit, atLeast } = comparison
  const [own, other] = [figuresOf(rates, comparison.own), figuresOf(rates, comparison.against)]
  const ratio = divide(own.perSecond, other.perSecond)
  const ratioByCpu = divide(own.perCpuSecond, other.perCpuSecond)
  const starved = other.cpu !== undefined && other.cpu < ENOUGH_CPU
  const counts = starved && ratio !== undefined ? Math.min(ratio, ratioByCpu ?? ratio) : ratio
  return {
    work,
    unit,
    own: own.perSecond ?? 0,
    against: { name: comparison.against, figure: other.perSecond },
    ratio,
    ratioByCpu,
    target: { atLeast },
    reached: isReached(counts, { atLeast }),
    note: noteOn(comparison.against, other.perSecond === undefined, starved),
  }
}

function noteOn(against: string, isMissing: boolean, starved: boolean): string | undefined {
  if (isMissing) return `Not measured: ${against} is missing.`
  return starved
    ? `${against} had less than a core, for the load or a stranger held it up: the lower of the two ratios counts.`
    : undefined
}

function figuresOf(rates: readonly Rate[], server: string) {
  const own = rates.filter((rate) => rate.server === server)
  return {
    perSecond: median(own.map(({ perSecond }) => perSecond)),
    perCpuSecond: median(own.map(({ perSecond, cpu }) => divide(perSecond, cpu))),
    cpu: median(own.map(({ cpu }) => cpu)),
  }
}

const divide = (part: number | undefined, whole: number | undefined): number | undefined =>
  part === undefined || !whole ? undefined : part / whole
