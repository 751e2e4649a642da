import { fileURLToPath } from 'node:url'
import { Client } from '../../fixtures/client.js'
import { signIn } from '../../fixtures/world.js'
import { onCores } from '../cores.js'
import type { Ending } from '../ending.js'
import { startProgram } from '../start-program.js'
import { FOLDER } from '../write-results.js'
import { configureDoorward, type DoorwardOptions } from './doorward-config.js'
import type { Server } from './server.js'

/** How a configured Doorward is run. */
export interface RunOptions extends DoorwardOptions {
  /** What it is called in the results. */
  readonly name?: string
  readonly profile?: boolean
}

/** A Doorward that is configured, and can be started again and again. */
export interface InstalledDoorward {
  /** Its first tenant, as the load meets it. */
  readonly host: string
  readonly url: string
  /** Starts it and resolves its pid when it listens; it stops with the ending. */
  start(ending: Ending): Promise<number>
  /** Signs a visitor in, and resolves the value of the cookie. */
  signIn(): Promise<string>
}

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))

/** What a Doorward of this store is called. */
export const doorwardName = (store: string): string => `Doorward, ${store.split(':')[0]}`

/** Doorward as operators run it, on as many cores as it has workers, and a visitor who has signed in. */
export async function startDoorward(ending: Ending, options: RunOptions): Promise<Server> {
  const { name = doorwardName(options.store) } = options
  const { host, url, start, signIn } = await installDoorward(ending, options)
  const pid = await start(ending)
  return { name, pid, url, headers: { Host: host, Cookie: await signIn() } }
}

/** Configures a Doorward; its files go with the bench. */
export async function installDoorward(ending: Ending, options: RunOptions): Promise<InstalledDoorward> {
  const { name = doorwardName(options.store), profile = false, workers = 1 } = options
  const { config, host, port } = await configureDoorward(ending, options)
  const flags = profile
    ? ['--cpu-prof', `--cpu-prof-dir=${fileURLToPath(FOLDER)}`, `--cpu-prof-name=${name}.cpuprofile`]
    : []
  const command = [process.execPath, ...flags, MAIN, 'serve', '--config', config]
  return {
    host,
    url: `http://127.0.0.1:${port}/`,
    start: (owner) => startProgram(owner, onCores(workers, command), port),
    async signIn() {
      const client = new Client()
      await signIn(client, `http://${host}/`)
      const { doorward } = client.cookies(host)
      if (doorward === undefined) throw new Error('the sign-in has left no session cookie')
      return `doorward=${doorward}`
    },
  }
}
