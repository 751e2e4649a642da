import type { Work } from './bench.js'
import { measureBodies } from './rows/bodies.js'
import { measureConcurrency } from './rows/concurrency.js'
import { measureGrowth } from './rows/growth.js'
import { measureLatency } from './rows/latency.js'
import { measureProxies } from './rows/proxies.js'
import { measureStart } from './rows/start.js'
import { measureWebSockets } from './rows/websockets.js'
import { measureWorkers } from './rows/workers.js'

/** Everything that is measured, in its order; `--only` takes these names. */
export const WORKS = {
  proxies: measureProxies,
  latency: measureLatency,
  bodies: measureBodies,
  websockets: measureWebSockets,
  workers: measureWorkers,
  start: measureStart,
  growth: measureGrowth,
  concurrency: measureConcurrency,
} as const satisfies Record<string, Work>
