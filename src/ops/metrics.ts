import { Registry } from 'prom-client'
import type { Observer } from '../observer.js'
import { inSlices, type Steps } from '../slices.js'
import { readVersion } from '../version.js'
import { createCallFigures } from './call-figures.js'
import {
  addProcessFigures,
  type ConfigurationFigures,
  createConfigurationFigures,
} from './process-figures.js'
import { createRequestFigures } from './request-figures.js'
import { createSignInFigures } from './sign-in-figures.js'

/** The figures of a process. They outlive configurations. */
export interface Metrics {
  readonly registry: Registry
  /** What the figures are made of. */
  readonly observer: Observer
  readonly configuration: ConfigurationFigures
  /** Has the sessions that the process keeps counted by somebody; there are none before. */
  countSessionsBy(count: () => number): void
  /** Drops the series of tenants that are gone, in slices; resolves when they are. */
  forgetTenants(ids: Iterable<string>): Promise<void>
}

/** Builds the figures of a process; counts from 0. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const configuration = createConfigurationFigures(registry, readVersion())
  let countSessions = () => 0
  const figures = [
    createRequestFigures(registry),
    createSignInFigures(registry, () => countSessions()),
    createCallFigures(registry),
  ] as const
  const [requests, signIns, calls] = figures
  addProcessFigures(registry)
  function* forgetAll(tenants: ReadonlySet<string>): Steps<void> {
    for (const { forget } of figures) yield* forget(tenants)
  }
  return {
    registry,
    observer: { ...requests.observer, ...signIns.observer, ...calls.observer },
    configuration,
    countSessionsBy(count) {
      countSessions = count
    },
    async forgetTenants(ids) {
      const gone = new Set(ids)
      if (gone.size > 0) await inSlices(forgetAll(gone))
    },
  }
}
