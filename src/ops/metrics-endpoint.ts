import { Readable } from 'node:stream'
import fp from 'fastify-plugin'
import type { Registry } from 'prom-client'
import { renderMetrics } from './render-metrics.js'

interface MetricsEndpointOptions {
  /** Resolves what is to be shown: the figures of this process, or of all that belong together. */
  readonly collect: () => Promise<Registry>
}

/** `/metrics` of the admin listener, in the text format of Prometheus. */
export const metricsEndpoint = fp<MetricsEndpointOptions>(
  async function metricsEndpoint(app, { collect }) {
    app.get('/metrics', async (_request, reply) => {
      const registry = await collect()
      return reply
        .header('content-type', registry.contentType)
        .header('cache-control', 'no-store')
        .send(Readable.from(renderMetrics(registry)))
    })
  },
  { name: 'metrics-endpoint' },
)
