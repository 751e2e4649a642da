import type { Test } from 'tap'
import { checkTenant } from '../../src/check/check-tenant.js'
import type { Finding } from '../../src/check/finding.js'
import type { TenantConfig } from '../../src/config/schema.js'
import { Secret } from '../../src/config/secret.js'
import { type Answer, json, startTinyProvider, type TinyProvider } from '../oidc/tiny-provider.js'
import { tenantConfig } from '../tenant/tenant-config.js'

/** What the provider of `startCheck` takes. */
export const SECRET = 's3cret~of+acme'

/** Where the metadata are. */
export const DISCOVERY = '/.well-known/openid-configuration'

/** A provider in which nothing is wrong, and the check of its tenant. */
export interface Checked {
  readonly provider: TinyProvider
  /** The metadata, with what a test says otherwise; `undefined` takes a member out. */
  describe(said?: Record<string, unknown>): void
  check(said?: Partial<TenantConfig>, now?: () => number): Promise<Finding[]>
}

/** Answers as a token endpoint does that knows the client and not the code. */
export const tokenEndpoint =
  (isKnown: (authorization: string) => boolean, error = 'invalid_grant'): Answer =>
  (response, request) => {
    const known = isKnown(request.headers.authorization ?? '')
    const answer = known ? json(400, { error }) : json(401, { error: 'invalid_client' })
    answer(response, request)
  }

/** The header of Okta's spelling: as it is, not form-encoded. */
export const basic = (secret: string): string =>
  `Basic ${Buffer.from(`0oa1b2c3d4:${secret}`).toString('base64')}`

/** Starts it for the rest of `t`. */
export async function startCheck(t: Pick<Test, 'teardown'>): Promise<Checked> {
  const provider = await startTinyProvider(t)
  const { issuer, answers } = provider
  const describe = (said: Record<string, unknown> = {}) => {
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'offline_access'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
    }
    answers.set(DISCOVERY, json(200, { ...metadata, ...said }))
  }
  describe()
  answers.set(
    '/token',
    tokenEndpoint((authorization) => authorization === basic(SECRET)),
  )
  return {
    provider,
    describe,
    check: (said = {}, now = Date.now) => {
      const tenant = tenantConfig({ issuer, client_secret: [Secret.of(SECRET)], ...said })
      return checkTenant(tenant, { pathPrefix: '/oauth2', now, timeouts: { call: 2, refresh: 2 } })
    },
  }
}
