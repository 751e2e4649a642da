import type { Registry } from 'prom-client'
import { register } from './metric-family.js'

/** Where the times of one kind are counted. */
export interface Spread {
  /** Counts one; milliseconds. */
  observe(time: number): void
}

interface SpreadsOptions {
  readonly name: string
  readonly help: string
  /** Its values have to be a closed set: a label of tenants would multiply all of the buckets. */
  readonly label: string
  /** Bounds in milliseconds, ascending. */
  readonly buckets: readonly number[]
}

/** Registers a histogram of times with one label; resolves the spread of each of its values. */
export function createSpreads<Value extends string>(
  registry: Registry,
  { label, buckets, ...options }: SpreadsOptions,
): (value: Value) => Spread {
  const spreads = new Map<Value, Buckets>()
  const family = { ...options, type: 'histogram', aggregator: 'sum', labelNames: [label] }
  register(registry, {
    ...family,
    get: async () => ({
      ...family,
      values: [...spreads].flatMap(([value, spread]) => seriesOf(options.name, { [label]: value }, spread)),
    }),
  })
  return (value) => {
    const known = spreads.get(value)
    if (known !== undefined) return known
    const made = new Buckets(buckets)
    spreads.set(value, made)
    return made
  }
}

class Buckets implements Spread {
  readonly bounds: readonly number[]
  /** Each counts what is beyond the bound before it and not beyond its own; the last has none. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(time: number): void {
    const { bounds, counts } = this
    let index = 0
    while (index < bounds.length && time > (bounds[index] as number)) index += 1
    counts[index] = (counts[index] as number) + 1
    this.sum += time
  }
}

// Prometheus wants seconds, and each bucket to hold those below it.
function seriesOf(name: string, labels: Record<string, string>, { bounds, counts, sum }: Buckets) {
  let count = 0
  const buckets = [...counts].map((inBucket, index) => {
    count += inBucket
    const bound = bounds[index]
    const le = bound === undefined ? '+Inf' : String(bound / 1000)
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
