import type { Aggregator, Metric, Registry } from 'prom-client'
import type { Steps } from '../slices.js'

/** One series; who writes often keeps it. */
export interface Cell {
  readonly labels: Readonly<Record<string, string>>
  value: number
}

/** The series of one name. */
export interface Family {
  /** The series of these label values, in the order of the names; it has no label where its value is `undefined`. */
  cell(...values: readonly (string | undefined)[]): Cell
  /** Drops the series of tenants: a look at every series, however many tenants they are. */
  forget(tenants: ReadonlySet<string>): Steps<void>
}

interface FamilyOptions {
  readonly type: 'counter' | 'gauge'
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  /** How the figures of several processes become one. */
  readonly aggregator?: Aggregator
}

/**
 * Registers a family of counters or gauges. prom-client's own look the labels up at every event, which takes half a
 * microsecond; these are written to directly.
 */
export function createFamily(registry: Registry, options: FamilyOptions): Family {
  const { labelNames } = options
  const cells = new Map<string, Cell>()
  register(registry, {
    aggregator: 'sum',
    ...options,
    get: async () => ({ aggregator: 'sum', ...options, values: [...cells.values()] }),
  })
  return {
    cell(...values) {
      const key = values.join('\n')
      const known = cells.get(key)
      if (known !== undefined) return known
      const labels: Record<string, string> = {}
      labelNames.forEach((name, index) => {
        const value = values[index]
        if (value !== undefined) labels[name] = value
      })
      const cell = { labels, value: 0 }
      cells.set(key, cell)
      return cell
    },
    *forget(tenants) {
      for (const [key, { labels }] of cells) {
        if (labels.tenant !== undefined && tenants.has(labels.tenant)) cells.delete(key)
        yield
      }
    },
  }
}

interface OwnMetric {
  readonly name: string
  get(): Promise<unknown>
}

interface ReadingOptions {
  readonly name: string
  readonly help: string
  /** Asked whenever somebody wants to know. */
  readonly read: () => number
}

/** Registers a gauge that is read when it is asked for; those of several processes are added up. */
export function createReading(registry: Registry, { read, ...options }: ReadingOptions): void {
  const family = { ...options, type: 'gauge', aggregator: 'sum', labelNames: [] }
  register(registry, { ...family, get: async () => ({ ...family, values: [{ labels: {}, value: read() }] }) })
}

/** Registers a metric that is none of prom-client's classes: a registry asks for nothing but this. */
export function register(registry: Registry, metric: OwnMetric): void {
  registry.registerMetric(metric as unknown as Metric)
}
