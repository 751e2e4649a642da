import fp from 'fastify-plugin'
import type { ReloadStatus } from '../reload/reloader.js'

interface HealthOptions {
  /** Whether new requests are welcome: false while the process drains. */
  readonly isAccepting: () => boolean
  /** Resolves when the session store answers. */
  readonly pingStore: () => Promise<void>
  readonly reloadStatus: () => ReloadStatus
}

/** `/livez` and `/readyz` of the admin listener. Providers are not asked: one may be down for one tenant. */
export const health = fp<HealthOptions>(
  async function health(app, { isAccepting, pingStore, reloadStatus }) {
    app.get('/livez', async () => ({ status: 'live' }))

    app.get('/readyz', async (_request, reply) => {
      if (!isAccepting()) return reply.code(503).send({ status: 'draining' })
      try {
        await pingStore()
        return { status: 'ready', ...staleness(reloadStatus()) }
      } catch {
        return reply.code(503).send({ status: 'not ready', reason: 'the session store does not answer' })
      }
    })
  },
  { name: 'health' },
)

// Who serves what counted before is ready: to take it out of service would help nobody.
function staleness({ problems, generation, taken_at }: ReloadStatus): { config?: string } {
  if (problems === 0) return {}
  const found = `${problems} ${problems === 1 ? 'problem' : 'problems'} in the files, see the log`
  return {
    config: `stale: ${found}; generation ${generation} of ${new Date(taken_at).toISOString()} is served`,
  }
}
