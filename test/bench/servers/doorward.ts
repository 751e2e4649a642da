import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Client } from '../../fixtures/client.js'
import type { Okta } from '../../fixtures/okta.js'
import { writeConfig } from '../../fixtures/proxy.js'
import { reservePort } from '../../fixtures/reserve-port.js'
import { signIn } from '../../fixtures/world.js'
import { onServerCore } from '../cores.js'
import type { Ending } from '../ending.js'
import { startProgram } from '../start-program.js'
import type { Server } from './server.js'

interface DoorwardOptions {
  readonly org: Okta
  readonly upstream: string
  /** `session.store` */
  readonly store: string
  readonly profile: boolean
  /** What it is called in the results. */
  readonly name?: string
  /** Further settings of `session`. */
  readonly session?: object
}

const RESULTS = fileURLToPath(new URL('../../../.bench/', import.meta.url))
const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))

/** Doorward as operators run it, and a visitor who has signed in. */
export async function startDoorward(
  ending: Ending,
  { org, upstream, store, profile, session, name = `Doorward, ${store.split(':')[0]}` }: DoorwardOptions,
): Promise<Server> {
  const port = await reservePort()
  const host = `acme.localhost:${port}`
  const client = { client_id: `0oa-${port}`, client_secret: 'bench_secret' }
  await org.addClient({
    ...client,
    redirect_uris: [`http://${host}/oauth2/callback`],
    post_logout_redirect_uris: [`http://${host}/oauth2/logout/callback`],
  })
  const config = writeConfig(ending, {
    server: { listen: `127.0.0.1:${port}`, shutdown: { drain_delay: '0s', timeout: '1s' } },
    admin: { listen: `127.0.0.1:${await reservePort()}` },
    session: { store, keys: [randomBytes(32).toString('base64')], ...session },
    upstream,
    tenants: [
      {
        id: 'acme',
        origins: [`http://${host}`],
        issuer: org.issuer,
        scopes: ['openid', 'profile', 'email', 'groups'],
        ...client,
      },
    ],
  })
  const flags = profile
    ? ['--cpu-prof', `--cpu-prof-dir=${RESULTS}`, `--cpu-prof-name=${name}.cpuprofile`]
    : []
  const command = onServerCore([process.execPath, ...flags, MAIN, 'serve', '--config', config])
  const pid = await startProgram(ending, command, port)
  const cookie = `doorward=${await signInAt(host)}`
  return {
    name,
    pid,
    url: `http://127.0.0.1:${port}/`,
    headers: { Host: host, Cookie: cookie },
  }
}

async function signInAt(host: string): Promise<string> {
  const client = new Client()
  await signIn(client, `http://${host}/`)
  const { doorward } = client.cookies(host)
  if (doorward === undefined) throw new Error('the sign-in has left no session cookie')
  return doorward
}
