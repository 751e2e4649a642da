import { test } from 'tap'
import type { TenantConfig } from '../../src/config/schema.js'
import { json } from '../oidc/tiny-provider.js'
import { type Checked, startCheck } from './start-check.js'

test('a tenant in which nothing is wrong has no findings, and its provider is asked once for each thing', async (t) => {
  const { provider, check } = await startCheck(t)
  t.same(await check(), [])
  t.same(provider.requests.map(({ line }) => line).sort(), [
    'GET /.well-known/openid-configuration?client_id=0oa1b2c3d4',
    'GET /keys',
    'POST /token',
  ])
})

interface Trouble {
  readonly title: string
  readonly arrange?: (checked: Checked) => void
  readonly tenant?: Partial<TenantConfig>
  readonly found: readonly { level: string; topic: string; sentence: RegExp }[]
}

const keys =
  (...published: object[]) =>
  ({ provider }: Checked) => {
    provider.answers.set('/keys', json(200, { keys: published }))
  }
const unusable = [
  { level: 'error', topic: 'keys', sentence: /no key at http:.*\/keys.*: have it sign with RS256$/ },
]

const TROUBLES: readonly Trouble[] = [
  { title: 'no keys', arrange: keys(), found: unusable },
  { title: 'a key that encrypts', arrange: keys({ kty: 'EC', use: 'enc', crv: 'P-256' }), found: unusable },
  {
    title: 'a key that is none',
    arrange: keys({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }),
    found: unusable,
  },
  { title: 'a secret for a key', arrange: keys({ kty: 'oct', k: 'c2VjcmV0' }), found: unusable },
  {
    title: 'only symmetric signatures',
    arrange: ({ describe }) => describe({ id_token_signing_alg_values_supported: ['HS256', 'none'] }),
    found: unusable,
  },
  {
    title: 'keys that cannot be read',
    arrange: ({ provider }) => provider.answers.set('/keys', json(503, {})),
    found: [{ level: 'error', topic: 'keys', sentence: /cannot be had: HTTP 503: may this machine reach/ }],
  },
  {
    title: 'no jwks_uri',
    arrange: ({ describe }) => describe({ jwks_uri: undefined }),
    found: [{ level: 'error', topic: 'keys', sentence: /metadata have no jwks_uri: ask whoever/ }],
  },
  {
    title: 'no PKCE',
    arrange: ({ describe }) => describe({ code_challenge_methods_supported: ['plain'] }),
    found: [{ level: 'warning', topic: 'pkce', sentence: /does not advertise PKCE .*switch it on/ }],
  },
  {
    title: 'nothing said about PKCE',
    arrange: ({ describe }) => describe({ code_challenge_methods_supported: undefined }),
    found: [{ level: 'warning', topic: 'pkce', sentence: /S256/ }],
  },
  {
    title: 'no offline_access',
    arrange: ({ describe }) => describe({ scopes_supported: ['openid'] }),
    found: [
      {
        level: 'warning',
        topic: 'refresh',
        sentence:
          /not advertise offline_access .*: set refresh_tokens: false, or enable the Refresh Token grant$/,
      },
    ],
  },
  {
    title: 'no refresh_token grant',
    arrange: ({ describe }) => describe({ grant_types_supported: ['authorization_code'] }),
    found: [{ level: 'warning', topic: 'refresh', sentence: /not advertise refresh_token \(grant_types/ }],
  },
  {
    title: 'no offline_access that anybody wants',
    arrange: ({ describe }) =>
      describe({ scopes_supported: ['openid'], grant_types_supported: ['implicit'] }),
    tenant: { refresh_tokens: false },
    found: [],
  },
  {
    title: 'nothing said about scopes and grants',
    arrange: ({ describe }) => describe({ scopes_supported: undefined, grant_types_supported: undefined }),
    found: [],
  },
  {
    title: 'lists that are none',
    arrange: ({ describe }) =>
      describe({ scopes_supported: 1, grant_types_supported: null, code_challenge_methods_supported: null }),
    found: [{ level: 'warning', topic: 'pkce', sentence: /S256/ }],
  },
  {
    title: 'no token endpoint, which is then not asked',
    arrange: ({ describe }) => describe({ token_endpoint: undefined }),
    found: [{ level: 'error', topic: 'endpoint', sentence: /have no token_endpoint: ask whoever/ }],
  },
  {
    title: 'an authorization endpoint that is no URL',
    arrange: ({ describe }) => describe({ authorization_endpoint: 'authorize' }),
    found: [{ level: 'error', topic: 'endpoint', sentence: /authorization_endpoint .*is no https: URL/ }],
  },
  {
    title: 'origins on http',
    tenant: { origins: ['http://acme.example', 'http://acme.localhost:8080', 'https://acme.example'] },
    found: [
      {
        level: 'warning',
        topic: 'origin',
        sentence: /http:\/\/acme\.example\/oauth2\/callback .*end TLS in front/,
      },
      {
        level: 'note',
        topic: 'origin',
        sentence: /acme\.localhost:8080\/oauth2\/callback .*only for development$/,
      },
    ],
  },
]

for (const { title, arrange, tenant, found } of TROUBLES) {
  test(`check says what to do about: ${title}`, async (t) => {
    const checked = await startCheck(t)
    arrange?.(checked)
    const findings = await checked.check(tenant)
    t.equal(findings.length, found.length, JSON.stringify(findings))
    t.match(findings, found)
  })
}
