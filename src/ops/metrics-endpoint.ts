import { Readable } from 'node:stream'
import fp from 'fastify-plugin'
import type { Metrics } from './metrics.js'
import { renderMetrics } from './render-metrics.js'

/** `/metrics` of the admin listener, in the text format of Prometheus. */
export const metricsEndpoint = fp<Pick<Metrics, 'registry'>>(
  async function metricsEndpoint(app, { registry }) {
    app.get('/metrics', async (_request, reply) =>
      reply
        .header('content-type', registry.contentType)
        .header('cache-control', 'no-store')
        .send(Readable.from(renderMetrics(registry))),
    )
  },
  { name: 'metrics-endpoint' },
)
