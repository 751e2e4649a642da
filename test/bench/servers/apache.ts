import { Client } from '../../fixtures/client.js'
import { findProgram } from '../../fixtures/find-program.js'
import type { Okta } from '../../fixtures/okta.js'
import { reservePort } from '../../fixtures/reserve-port.js'
import { signIn } from '../../fixtures/world.js'
import { onServerCore } from '../cores.js'
import type { Ending } from '../ending.js'
import { startProgram } from '../start-program.js'
import { apacheCommand, hasOpenidc } from './apache-files.js'
import type { Server } from './server.js'

export const APACHE = 'Apache + mod_auth_openidc'

interface ApacheOptions {
  readonly org: Okta
  readonly upstream: string
  readonly redis: string
}

/** The peer: Apache with mod_auth_openidc, sessions in Redis, and a visitor who has signed in. `undefined` without it. */
export async function startApache(
  ending: Ending,
  { org, upstream, redis }: ApacheOptions,
): Promise<Server | undefined> {
  const program = findProgram('apache2')
  if (program === undefined || !hasOpenidc()) return undefined
  const port = await reservePort()
  const origin = `http://acme.localhost:${port}`
  const client = { client_id: `0oa-${port}`, client_secret: 'bench_secret' }
  await org.addClient({
    ...client,
    redirect_uris: [`${origin}/oauth2/callback`],
    post_logout_redirect_uris: [`${origin}/`],
  })
  const directives = `
Listen 127.0.0.1:${port}
OIDCProviderMetadataURL ${org.issuer}/.well-known/openid-configuration
OIDCClientID ${client.client_id}
OIDCClientSecret ${client.client_secret}
OIDCRedirectURI ${origin}/oauth2/callback
OIDCCryptoPassphrase bench
OIDCScope "openid profile email groups offline_access"
OIDCPKCEMethod S256
OIDCSessionInactivityTimeout 3600
OIDCSessionMaxDuration 43200
OIDCCacheType redis
OIDCRedisCacheServer ${new URL(redis).host}
OIDCPassClaimsAs headers
ProxyPreserveHost On
RequestHeader set X-Forwarded-Proto http
<Location "/">
  AuthType openid-connect
  Require valid-user
  ProxyPass ${upstream}/
</Location>`
  const pid = await startProgram(ending, onServerCore(await apacheCommand(ending, program, directives)), port)
  const visitor = new Client()
  await signIn(visitor, `${origin}/`)
  const cookies = Object.entries(visitor.cookies('acme.localhost'))
  return {
    name: APACHE,
    pid,
    url: `http://127.0.0.1:${port}/`,
    headers: { Host: `acme.localhost:${port}`, Cookie: cookies.map((pair) => pair.join('=')).join('; ') },
  }
}
