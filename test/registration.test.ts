import { test } from 'tap'
import { renderRegistration, unknownTenant } from '../src/registration.js'
import { runDoorward } from './fixtures/process.js'
import { writeConfig } from './fixtures/proxy.js'
import { tenantConfig } from './tenant/tenant-config.js'

const TENANT = {
  id: 'acme',
  origins: ['https://Acme.example.com', 'https://acme.example.org:8443'],
  issuer: 'https://acme.okta.example',
  ...{ client_id: '0oa1b2c3d4', client_secret: 's3cret-of-acme' },
}
const SETTINGS = {
  server: { path_prefix: '/auth/sso' },
  upstream: 'http://127.0.0.1:3',
  tenants: [TENANT, { ...TENANT, id: 'beta', origins: ['https://beta.example'] }],
}

const URLS = `Sign-in redirect URIs
  https://acme.example.com/auth/sso/callback
  https://acme.example.org:8443/auth/sso/callback

Sign-out redirect URIs
  https://acme.example.com/auth/sso/logout/callback
  https://acme.example.org:8443/auth/sso/logout/callback

Initiate login URI
  https://acme.example.com/auth/sso/initiate

Front-channel logout URI
  https://acme.example.com/auth/sso/logout/frontchannel

Universal Logout endpoint
  https://acme.example.com/auth/sso/global-token-revocation

Client JWKS URI (not needed: this tenant has a client secret)
  https://acme.example.com/auth/sso/jwks
`

test('urls prints what belongs into the form of a tenant with two origins', async (t) => {
  const doorward = runDoorward(t, ['urls', 'acme', '--config', writeConfig(t, SETTINGS)])
  t.equal(await doorward.exit, 0)
  t.equal(doorward.stdout, URLS)
  t.equal(doorward.stderr, '')
})

test('the JWKS URI of a client with a key is needed', async (t) => {
  const text = renderRegistration(tenantConfig({ client_key: 'managed', client_secret: [] }), '/oauth2')
  t.match(text, /^Client JWKS URI\n {2}https:\/\/acme\.example\.com\/oauth2\/jwks$/m)
})

test('urls of a tenant that there is not, or of none, is exit 2', async (t) => {
  const file = writeConfig(t, SETTINGS)
  const misuses: [string[], RegExp][] = [
    [['acme.example.com'], /^doorward: there is no tenant "acme\.example\.com"; there are acme, beta$/m],
    [[], /^doorward: name the tenant: urls TENANT; there are acme, beta$/m],
    [['acme', 'beta'], /^doorward: unexpected argument "beta"/m],
  ]
  const check = async ([args, sentence]: [string[], RegExp]) => {
    const doorward = runDoorward(t, ['urls', ...args, '--config', file])
    t.equal(await doorward.exit, 2)
    t.match(doorward.stderr, sentence)
    t.equal(doorward.stdout, '')
  }
  await Promise.all(misuses.map(check))
  const broken = runDoorward(t, ['urls', 'acme', '--config', writeConfig(t, { tenants: [TENANT] })])
  t.equal(await broken.exit, 2)
  t.match(broken.stderr, /^tenants\[0\]\.upstream: is required/m)
})

test('of many tenants a few are named', async (t) => {
  const tenants = Array.from({ length: 12 }, (_, index) => tenantConfig({ id: `t${index}` }))
  t.match(unknownTenant('x', { tenants }), 'there are t0, t1, t10, t11, t2, t3, t4, t5, t6, t7 and 2 more')
})
