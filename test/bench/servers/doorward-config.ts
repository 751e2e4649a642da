import { randomBytes } from 'node:crypto'
import type { Okta } from '../../fixtures/okta.js'
import { writeConfig } from '../../fixtures/proxy.js'
import { reservePort } from '../../fixtures/reserve-port.js'
import type { Ending } from '../ending.js'
import { tenantId, writeTenants } from './tenant-files.js'

/** What a Doorward of the bench is configured with. */
export interface DoorwardOptions {
  readonly org: Okta
  readonly upstream: string
  /** `session.store` */
  readonly store: string
  /** Further settings of `session`. */
  readonly session?: object
  readonly rules?: readonly object[]
  /** How many there are; visitors sign in at the first. */
  readonly tenants?: number
  /** `server.workers` */
  readonly workers?: number
}

interface WrittenConfig {
  /** The configuration file. */
  readonly config: string
  readonly port: number
  /** Of the first tenant. */
  readonly host: string
}

/** Writes a configuration, and registers its first tenant at the org. */
export async function configureDoorward(ending: Ending, options: DoorwardOptions): Promise<WrittenConfig> {
  const { org, upstream, store, session, rules, tenants = 1, workers = 1 } = options
  const port = await reservePort()
  const host = `${tenantId(0)}.localhost:${port}`
  const client = { client_id: `0oa-${port}`, client_secret: 'bench_secret' }
  await org.addClient({
    ...client,
    redirect_uris: [`http://${host}/oauth2/callback`],
    post_logout_redirect_uris: [`http://${host}/oauth2/logout/callback`],
  })
  const first = {
    issuer: org.issuer,
    scopes: ['openid', 'profile', 'email', 'groups'],
    ...client,
  }
  const config = writeConfig(ending, {
    server: {
      listen: `127.0.0.1:${port}`,
      shutdown: { drain_delay: '0s', timeout: '1s' },
      ...(workers > 1 ? { workers } : {}),
    },
    admin: { listen: `127.0.0.1:${await reservePort()}` },
    session: { store, keys: [randomBytes(32).toString('base64')], ...session },
    upstream,
    ...(rules === undefined ? {} : { rules }),
    tenants_dir: await writeTenants(ending, { count: tenants, port, first }),
  })
  return { config, port, host }
}
