import { resolve } from 'node:path'
import { test } from 'tap'
import { loadConfig } from '../../src/config/load.js'

const TENANT = `
origins: [https://acme.example.com]
issuer: https://acme.okta.com
client_id: 0oa1
client_secret: quiet
`

const inline = (tenant: string) => `[{${tenant.trim().split('\n').join(', ')}}]`

test('a tenant of four lines gets every default', async (t) => {
  const dir = t.testdir({ 'doorward.yaml': `upstream: http://127.0.0.1:3000\ntenants: ${inline(TENANT)}\n` })
  const { tenants, ...settings } = loadConfig(resolve(dir, 'doorward.yaml'), {})
  t.same(settings, {
    server: {
      listen: { host: '0.0.0.0', port: 8080 },
      trusted_proxies: [],
      forward_auth: false,
      path_prefix: '/oauth2',
      workers: 1,
      limits: { header_size: 32_768, header_timeout: 30_000, body_timeout: 60_000 },
      shutdown: { drain_delay: 5_000, timeout: 30_000 },
    },
    admin: { listen: { host: '127.0.0.1', port: 9090 } },
    session: {
      store: { kind: 'memory' },
      keys: [],
      cache: 10_000,
      idle_timeout: 3_600_000,
      max_lifetime: 43_200_000,
      stale_limit: 900_000,
    },
  })
  t.equal(tenants.length, 1)
  t.equal(tenants[0]?.client_secret[0]?.reveal(), 'quiet')
  t.same(
    { ...tenants[0], client_secret: undefined },
    {
      id: 'acme-example-com',
      origins: ['https://acme.example.com'],
      issuer: 'https://acme.okta.com',
      issuer_aliases: [],
      client_id: '0oa1',
      client_secret: undefined,
      client_key: undefined,
      token_endpoint_auth_method: 'client_secret_basic',
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      refresh_tokens: true,
      authorization_params: {},
      response_mode: 'query',
      userinfo: 'auto',
      idp_initiated_login: 'redirect',
      logout: { rp_initiated: true, revoke: true, redirect: '/' },
      upstream: {
        url: 'http://127.0.0.1:3000',
        host: 'preserve',
        connect_timeout: 10_000,
        response_timeout: 60_000,
        idle_timeout: 4_000,
      },
      headers: {
        'X-Forwarded-User': 'sub',
        'X-Forwarded-Email': 'email',
        'X-Forwarded-Preferred-Username': 'preferred_username',
        'X-Forwarded-Groups': 'groups',
        'X-Forwarded-Tenant': '$tenant',
      },
      assertion_signing_alg: 'EdDSA',
      rules: [],
      session: { idle_timeout: 3_600_000, max_lifetime: 43_200_000, stale_limit: 900_000 },
      allow_insecure_http: false,
      keep_forms: true,
    },
  )
})

test('sections left empty count as absent', async (t) => {
  const main = `server:\nadmin:\nsession:\nrules:\nupstream: http://127.0.0.1:3000\ntenants: ${inline(TENANT)}\n`
  const { server, admin } = loadConfig(resolve(t.testdir({ 'doorward.yaml': main }), 'doorward.yaml'), {})
  t.match(server, { path_prefix: '/oauth2' })
  t.match(admin, { listen: { port: 9090 } })
})

test('a tenant inherits global values and wins where it says its own', async (t) => {
  const dir = t.testdir({
    'doorward.yaml': `
upstream: http://127.0.0.1:3000
headers: { X-User: sub, X-Mail: email }
assertion_signing_alg: RS256
rules: [{ path: /a }]
session: { idle_timeout: 30m, max_lifetime: 2d, stale_limit: 0s }
keep_forms: false
tenants_dir: tenants
`,
    tenants: {
      'a.yaml': TENANT,
      'b.yaml': `${TENANT.replace('acme.example', 'b.example')}
upstream: { url: "https://Internal.example:443/", host: preserve }
headers: { X-Country: address.country, Authorization: Bearer $assertion }
assertion_signing_alg: EdDSA
session: { max_lifetime: 1h }
rules: []
keep_forms: true
scopes: [openid, openid, groups]
refresh_tokens: "false"
authorization_params: { max_age: 300, prompt: login }
`,
    },
  })
  const [a, b] = loadConfig(resolve(dir, 'doorward.yaml'), {}).tenants
  t.match(a, { id: 'a', upstream: { url: 'http://127.0.0.1:3000' }, assertion_signing_alg: 'RS256' })
  t.same(a?.headers, { 'X-User': 'sub', 'X-Mail': 'email' })
  t.same(a?.session, { idle_timeout: 1_800_000, max_lifetime: 172_800_000, stale_limit: 0 })
  t.match(a?.rules, [{ path: [{ kind: 'literal', text: 'a' }] }])
  t.same(b?.rules, [], 'none is a list too')
  t.match(b, { id: 'b', upstream: { url: 'https://internal.example' }, refresh_tokens: false })
  t.same(b?.headers, { 'X-Country': 'address.country', Authorization: 'Bearer $assertion' })
  t.equal(b?.assertion_signing_alg, 'EdDSA')
  t.same(b?.session, { idle_timeout: 1_800_000, max_lifetime: 3_600_000, stale_limit: 0 })
  t.same([a?.keep_forms, b?.keep_forms], [false, true])
  t.same(b?.scopes, ['openid', 'groups'])
  t.same(b?.authorization_params, { max_age: '300', prompt: 'login' })
})

test('the configuration that ships loads as it is, with no environment', async (t) => {
  const { tenants } = loadConfig('config/doorward.yaml', {})
  t.same(
    tenants.map(({ id }) => id),
    ['acme', 'globex'],
  )
})

test('a YAML merge key brings in what an anchor holds', async (t) => {
  const main = `
upstream: http://127.0.0.1:3000
tenants:
  - &first { origins: [https://a.example], issuer: https://idp.example, client_id: x, client_secret: y }
  - { <<: *first, origins: [https://b.example] }
`
  const { tenants } = loadConfig(resolve(t.testdir({ 'doorward.yaml': main }), 'doorward.yaml'), {})
  t.match(tenants[1], { id: 'b-example', issuer: 'https://idp.example' })
})
