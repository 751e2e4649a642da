import type { TenantConfig } from '../../src/config/schema.js'
import { Secret } from '../../src/config/secret.js'

/** A tenant as the configuration resolves it from its four lines, with what a test says otherwise. */
export const tenantConfig = (said: Partial<TenantConfig> = {}): TenantConfig => ({
  id: 'acme',
  origins: ['https://acme.example.com'],
  issuer: 'https://acme.okta.example',
  issuer_aliases: [],
  client_id: '0oa1b2c3d4',
  client_secret: [Secret.of('s3cret-of-acme')],
  client_key: undefined,
  token_endpoint_auth_method: 'client_secret_basic',
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  refresh_tokens: true,
  authorization_params: {},
  response_mode: 'query',
  userinfo: 'auto',
  idp_initiated_login: 'redirect',
  logout: { rp_initiated: true, revoke: true, redirect: '/' },
  rules: [],
  upstream: {
    url: 'http://127.0.0.1:3000',
    host: 'preserve',
    connect_timeout: 10_000,
    response_timeout: 60_000,
    idle_timeout: 4_000,
  },
  headers: { 'X-Forwarded-User': 'sub' },
  assertion_signing_alg: 'EdDSA',
  session: { idle_timeout: 3_600_000, max_lifetime: 43_200_000, stale_limit: 900_000 },
  allow_insecure_http: false,
  keep_forms: true,
  ...said,
})
