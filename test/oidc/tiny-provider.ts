import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { ServerMetadata } from 'openid-client'
import type { Test } from 'tap'
import type { TenantConfig } from '../../src/config/schema.js'
import { Secret } from '../../src/config/secret.js'
import { NO_KEYS, type SigningKeys } from '../../src/keys/signing-keys.js'
import { createClientAuthentication } from '../../src/oidc/client-authentication.js'
import type { ClientContext } from '../../src/oidc/client-context.js'
import { credentialsOf } from '../../src/oidc/client-credentials.js'
import { createConnection, type Timeouts } from '../../src/oidc/connection.js'
import { listen } from '../fixtures/listen.js'
import { tenantConfig } from '../tenant/tenant-config.js'

export const CLIENT_SECRET = 'CLIENT-SECRET'
const NOW = 1_800_000_000_000

/** What one endpoint answers; the body of the request is read already. */
export type Answer = (response: ServerResponse, request: IncomingMessage & { body: string }) => void

/** Answers with JSON. */
export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

/** A provider on a real socket that says exactly what a test wants, wrong or right. */
export interface TinyProvider {
  readonly issuer: string
  /** By path, or by path and query; everything else is 404. */
  readonly answers: Map<string, Answer>
  /** Every request as `method path`, its body and its credentials. */
  readonly requests: { line: string; body: string; authorization: string | undefined }[]
  /** Signed for this client, now and for an hour, but for what the claims say otherwise. */
  idToken(claims: Record<string, unknown>): Promise<string>
  /** A tenant's client there, with metadata that needs no discovery. */
  context(options?: ContextOptions): ClientContext
  close(): Promise<void>
}

interface ContextOptions {
  readonly tenant?: Partial<TenantConfig>
  readonly neededClaims?: string[]
  readonly metadata?: Partial<ServerMetadata>
  readonly keys?: SigningKeys
  /** Two seconds for each call, by default. */
  readonly timeouts?: Timeouts
}

/** Starts it for the rest of `t`. */
export async function startTinyProvider(t: Pick<Test, 'teardown'>): Promise<TinyProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const answers = new Map<string, Answer>()
  const requests: TinyProvider['requests'] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const path = request.url ?? ''
    requests.push({ line: `${request.method} ${path}`, body, authorization: request.headers.authorization })
    // With its query where a test says one.
    const answer = answers.get(path) ?? answers.get(path.replace(/\?.*/, '')) ?? json(404, {})
    answer(response, Object.assign(request, { body }))
  })
  const issuer = `http://127.0.0.1:${await listen(server)}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.teardown(close)
  answers.set('/keys', json(200, { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k' }] }))

  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/keys`,
    id_token_signing_alg_values_supported: ['ES256'],
  }
  answers.set('/.well-known/openid-configuration', json(200, metadata))
  return {
    issuer,
    answers,
    requests,
    close,
    idToken: (claims) => {
      const iat = Math.floor(Date.now() / 1000)
      return new SignJWT({ iss: issuer, aud: '0oa1b2c3d4', iat, exp: iat + 3600, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .sign(privateKey)
    },
    context(options = {}) {
      const tenant = tenantConfig({ issuer, client_secret: [Secret.of(CLIENT_SECRET)], ...options.tenant })
      const { timeouts = { call: 2, refresh: 2 }, neededClaims = [] } = options
      const now = () => NOW
      const candidates = () => credentialsOf(tenant, { keys: options.keys ?? NO_KEYS, now })
      const authentication = createClientAuthentication({ candidates, now })
      const parts = { tenant, authentication, now, timeouts }
      const connection = createConnection({ ...metadata, ...options.metadata }, parts)
      return { tenant, provider: { connection: async () => connection }, neededClaims, now }
    },
  }
}
