import fp from 'fastify-plugin'

interface HealthOptions {
  /** Whether new requests are welcome: false while the process drains. */
  readonly isAccepting: () => boolean
  /** Resolves when the session store answers. */
  readonly pingStore: () => Promise<void>
}

/** `/livez` and `/readyz` of the admin listener. Providers are not asked: one may be down for one tenant. */
export const health = fp<HealthOptions>(
  async function health(app, { isAccepting, pingStore }) {
    app.get('/livez', async () => ({ status: 'live' }))

    app.get('/readyz', async (_request, reply) => {
      if (!isAccepting()) return reply.code(503).send({ status: 'draining' })
      try {
        await pingStore()
        return { status: 'ready' }
      } catch {
        return reply.code(503).send({ status: 'not ready', reason: 'the session store does not answer' })
      }
    })
  },
  { name: 'health' },
)
