import { collectDefaultMetrics, Registry } from 'prom-client'
import { createFamily } from './metric-family.js'

// Of the process, whatever runs in it: its observers cannot be taken down again, so there is one set of them.
let processRegistry: Registry | undefined

/** Adds prom-client's own figures of the process: CPU, memory, event loop, garbage collection. */
export function addProcessFigures(registry: Registry): void {
  if (processRegistry === undefined) {
    processRegistry = new Registry()
    collectDefaultMetrics({ register: processRegistry })
  }
  for (const { name } of processRegistry.getMetricsAsArray()) {
    const metric = processRegistry.getSingleMetric(name)
    if (metric !== undefined) registry.registerMetric(metric)
  }
}

/** Says which configuration this process has. */
export interface ConfigurationFigures {
  /** A configuration is in use from this moment on; generations count from 1. */
  loaded(configuration: { readonly generation: number; readonly tenants: number; readonly at: number }): void
  /** Another was refused, and the one before stays. */
  refused(): void
}

/** Figures of what is running: the version, and the configuration. Of several processes the last to follow counts. */
export function createConfigurationFigures(registry: Registry, version: string): ConfigurationFigures {
  const gauge = (name: string, help: string) =>
    createFamily(registry, { type: 'gauge', name, help, labelNames: [], aggregator: 'min' }).cell()
  const build = createFamily(registry, {
    type: 'gauge',
    name: 'doorward_build_info',
    help: 'Always 1; the version is its label.',
    labelNames: ['version'],
    aggregator: 'first',
  })
  build.cell(version).value = 1
  const generation = gauge(
    'doorward_config_generation',
    'Number of the configuration in use: 1 at the start, one more with each that was taken since.',
  )
  const successful = gauge(
    'doorward_config_last_reload_successful',
    '1 when the configuration in use is the latest; 0 when that one was refused.',
  )
  const timestamp = gauge(
    'doorward_config_last_reload_success_timestamp_seconds',
    'When the configuration in use was taken.',
  )
  const tenants = gauge('doorward_tenants', 'Tenants of the configuration in use.')
  return {
    loaded(configuration) {
      generation.value = configuration.generation
      timestamp.value = configuration.at / 1000
      tenants.value = configuration.tenants
      successful.value = 1
    },
    refused() {
      successful.value = 0
    },
  }
}
