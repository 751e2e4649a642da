import { once } from 'node:events'
import { lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { type App, createApp } from './app.js'
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

/** Starts both listeners and follows the files; rejects with a sentence for the operator when an address cannot be had. */
export async function startServer(source: ConfigSource, seams: Seams): Promise<RunningServer> {
  const { log } = seams
  const { config } = source
  const app = await createApp(source, seams)
  try {
    // Who comes right after the start should not meet 503 for want of a connection that is being made.
    await app.awaitStore()
    const addresses = {
      admin: await listen(app.admin, config.admin.listen, 'admin.listen'),
      public: await listen(app.public, config.server.listen, 'server.listen'),
    }
    log.info({ ...addresses, tenants: config.tenants.length }, 'listening')
    const { reloader } = app
    const stopFollowing = followFiles({
      watched: () => source.watched,
      look: () => reloader.reload('files have changed'),
      log,
    })
    return {
      addresses,
      reload: (reason) => reloader.reload(reason, 'at once'),
      stop() {
        stopFollowing()
        return stop(app, config, seams)
      },
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

async function stop(app: App, config: Config, { log }: Seams): Promise<void> {
  const { drain_delay, timeout } = config.server.shutdown
  app.drain()
  await wait(drain_delay)
  // On a busy machine the delay may be over before those have been let in who came within it.
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
  log.info('stopped')
}

async function listen(server: FastifyInstance, address: Listen, option: string): Promise<string> {
  try {
    if ('path' in address) await removeStaleSocket(address.path)
    // Fastify adds to what it is given.
    return await server.listen({ ...address })
  } catch (cause) {
    throw new Error(listenFailure(cause, address, option), { cause })
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
