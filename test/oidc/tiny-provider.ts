import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import * as client from 'openid-client'
import type { Test } from 'tap'
import type { TenantConfig } from '../../src/config/schema.js'
import type { ClientContext } from '../../src/oidc/client-context.js'
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
  /** By path; everything else is 404. */
  readonly answers: Map<string, Answer>
  /** Every request as `method path`, its body and its credentials. */
  readonly requests: { line: string; body: string; authorization: string | undefined }[]
  idToken(claims: JWTPayload): Promise<string>
  /** A tenant's client there, with metadata that needs no discovery. */
  context(options?: ContextOptions): ClientContext
  close(): Promise<void>
}

interface ContextOptions {
  readonly tenant?: Partial<TenantConfig>
  readonly neededClaims?: string[]
  readonly metadata?: Partial<client.ServerMetadata>
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
    const answer = answers.get(path) ?? json(404, {})
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
    idToken: (claims) =>
      new SignJWT({ iss: issuer, aud: '0oa1b2c3d4', ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
    context(options = {}) {
      const tenant = tenantConfig({ issuer, ...options.tenant })
      const auth = client.ClientSecretBasic(CLIENT_SECRET)
      const configuration = new client.Configuration(
        { ...metadata, ...options.metadata },
        tenant.client_id,
        {},
        auth,
      )
      client.allowInsecureRequests(configuration)
      client.enableNonRepudiationChecks(configuration)
      configuration.timeout = 1
      const provider = { configuration: async () => configuration }
      return { tenant, provider, neededClaims: options.neededClaims ?? [], now: () => NOW }
    },
  }
}
