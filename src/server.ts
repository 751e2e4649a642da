import { once } from 'node:events'
import { lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { type App, createApp, type Gather } from './app.js'
import type { ConfigSource } from './config/config-source.js'
import type { Listen } from './config/listen.js'
import type { Config } from './config/schema.js'
import { listenFailure } from './listen-failure.js'
import { followFiles } from './reload/follow-files.js'
import type { Seams } from './services.js'

/** Doorward, listening. */
export interface RunningServer {
  /** Addresses in use, as `http://host:port` or a socket path. */
  readonly addresses: { readonly public: string; readonly admin: string }
  /** Reads the configuration at once, as its files are also read when they change; resolves when it counts or is refused. */
  reload(reason: string): Promise<void>
  /** Drains and closes as `server.shutdown` says; resolves when nothing is left, at the latest after its delay and timeout. */
  stop(): Promise<void>
}

/** The same, whose end somebody else times. */
export interface OpenServer extends Pick<RunningServer, 'addresses' | 'reload'> {
  /** Sends load balancers elsewhere. */
  drain(): void
  /** Resolves with what `sumFigures` can add up. */
  figures(): Promise<unknown>
  /** Finishes what runs; resolves when nothing is left, at the latest after `server.shutdown.timeout`. */
  close(): Promise<void>
}

/** Starts both listeners, and the log tells of it; rejects as `openServer` does. */
export async function startServer(source: ConfigSource, seams: Seams): Promise<RunningServer> {
  const { log } = seams
  const { server, tenants } = source.config
  const { addresses, reload, drain, close } = await openServer(source, seams)
  log.info({ ...addresses, tenants: tenants.length }, 'listening')
  return {
    addresses,
    reload,
    async stop() {
      drain()
      await wait(server.shutdown.drain_delay)
      await close()
      log.info('stopped')
    },
  }
}

/** Starts both listeners and follows the files; rejects with a sentence for the operator when an address cannot be had. */
export async function openServer(source: ConfigSource, seams: Seams, gather?: Gather): Promise<OpenServer> {
  const { config } = source
  const app = await createApp(source, seams, gather)
  try {
    // Who comes right after the start should not meet 503 for want of a connection that is being made.
    await app.awaitStore()
    const addresses = {
      admin: await listen(app.admin, config.admin.listen, 'admin.listen'),
      public: await listen(app.public, config.server.listen, 'server.listen'),
    }
    const { reloader } = app
    const stopFollowing = followFiles({
      watched: () => source.watched,
      look: () => reloader.reload('files have changed'),
      log: seams.log,
    })
    return {
      addresses,
      reload: (reason) => reloader.reload(reason, 'at once'),
      drain() {
        stopFollowing()
        app.drain()
      },
      figures: () => app.metrics.registry.getMetricsAsJSON(),
      close: () => close(app, config, seams),
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

async function close(app: App, config: Config, { log }: Seams): Promise<void> {
  const { timeout } = config.server.shutdown
  // On a busy machine it may be time before those have been let in, and heard, who came while it was not.
  await turn()
  await turn()
  const abandoned = Symbol()
  const deadline = new AbortController()
  const outcome = await Promise.race([
    app.close().finally(() => deadline.abort()),
    wait(timeout, abandoned, { signal: deadline.signal }).catch(() => undefined),
  ])
  if (outcome === abandoned) {
    log.warn(
      { timeout },
      'requests were still running at the end of server.shutdown.timeout; they are cut off',
    )
    app.public.server.closeAllConnections()
  }
}

async function listen(server: FastifyInstance, address: Listen, option: string): Promise<string> {
  // Fastify would have a line for each address, in each process.
  const { level } = server.log
  server.log.level = 'warn'
  try {
    if ('path' in address) await removeStaleSocket(address.path)
    // Fastify adds to what it is given.
    return await server.listen({ ...address })
  } catch (cause) {
    throw new Error(listenFailure(cause, address, option), { cause })
  } finally {
    server.log.level = level
  }
}

// A process that was killed leaves its socket behind, and nobody can listen there until it is gone. One that still
// answers keeps it: then listening fails, as it does on a port.
async function removeStaleSocket(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return
  const client = connect(path)
  try {
    await once(client, 'connect')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') unlinkSync(path)
  } finally {
    client.destroy()
  }
}
