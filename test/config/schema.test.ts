import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { test } from 'tap'
import { loadConfig } from '../../src/config/load.js'
import type { Config } from '../../src/config/schema.js'

const TENANT = 'issuer: https://idp.example, client_id: x, client_secret: y'

type Load = (main: string, tenant?: string) => Config

test('what may be said is accepted', async (t) => {
  const load: Load = (main, tenant = 'origins: [https://a.example]') => {
    const text = `upstream: http://127.0.0.1:3000\n${main}\ntenants: [{ ${TENANT}, ${tenant} }]\n`
    return loadConfig(`${t.testdir({ 'doorward.yaml': text })}/doorward.yaml`, {})
  }
  for (const [written, expected] of [
    ['unix:/run/doorward.sock', { path: '/run/doorward.sock' }],
    ['"[::1]:0"', { host: '::1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
  ] as const) {
    t.same(load(`server: { listen: ${written} }`).server.listen, expected, written)
  }
  t.equal(load('server: { path_prefix: /a.b/~c_d-1 }').server.path_prefix, '/a.b/~c_d-1')
  const proxies = ['10.0.0.0/8', '::1', 'fd00::/8', '0.0.0.0/0', '::ffff:10.0.0.1/128']
  t.same(load(`server: { trusted_proxies: ${JSON.stringify(proxies)} }`).server.trusted_proxies, proxies)
  t.equal(load('server: { shutdown: { drain_delay: 0s } }').server.shutdown.drain_delay, 0)
  t.equal(load('session: { max_lifetime: 7d }').session.max_lifetime, 604_800_000)
  const key = `${'A'.repeat(43)}=`
  const store = 'redis://user:p%40ss@[::1]:6379/0'
  t.match(load(`session: { store: "${store}", keys: ["${key}"] }`).session.store, {
    kind: 'redis',
    nodes: [{ host: '::1', port: 6379 }],
    username: 'user',
    database: 0,
  })
  t.same(load('admin: { listen: 0.0.0.0:0 }\nserver: { listen: 0.0.0.0:0 }').admin.listen, {
    host: '0.0.0.0',
    port: 0,
  })
  t.same(load('headers: {}').tenants[0]?.headers, {})
  t.match(load('', 'origins: [http://app.localhost:8080]').tenants, [{ id: 'app-localhost' }])
  t.match(load('', 'origins: [http://intranet], allow_insecure_http: true').tenants, [{ id: 'intranet' }])
  t.match(load('', 'origins: [https://a.example], idp_initiated_login: off, issuer_aliases: [], rules: []'), {
    tenants: [{ idp_initiated_login: 'off' }],
  })
  t.match(load('', 'origins: [https://a.example], token_endpoint_auth_method: client_secret_post').tenants, [
    { token_endpoint_auth_method: 'client_secret_post' },
  ])
  const app = (written: string) =>
    load('', `origins: [https://a.example], upstream: ${written}`).tenants[0]?.upstream
  t.match(app('"unix:/run/app.sock"'), { url: 'unix:/run/app.sock', host: 'preserve' })
  t.match(app('{ url: "unix:/run/app.sock", host: rewrite, idle_timeout: 1m }'), {
    url: 'unix:/run/app.sock',
    host: 'rewrite',
    idle_timeout: 60_000,
  })
  t.match(app('{ url: https://app.internal, tls: { server_name: App.Internal. } }')?.tls, {
    server_name: 'app.internal',
  })
})

test('the files of an upstream are found beside the file that names them, and shown to nobody', async (t) => {
  const pem = (name: string) => readFileSync(`test/fixtures/tls/${name}`, 'utf8')
  const tls = 'tls: { ca: ca.pem, cert: pki/cert.pem, key: { file: pki/key.pem } }'
  const upstream = `upstream: { url: https://app.internal, ${tls} }`
  const directory = t.testdir({
    'doorward.yaml': `${upstream}\ntenants_dir: tenants\n`,
    'ca.pem': pem('ca.pem'),
    pki: { 'cert.pem': pem('server.pem'), 'key.pem': pem('server-key.pem') },
    tenants: {
      'a.yaml': `origins: [https://a.example]\n${TENANT.replaceAll(', ', '\n')}\n`,
      'b.yaml': `origins: [https://b.example]\n${TENANT.replaceAll(', ', '\n')}\n`,
      'c.yaml': `origins: [https://c.example]\n${TENANT.replaceAll(', ', '\n')}\nupstream: { url: https://c.internal, tls: { ca: c.pem } }\n`,
      'c.pem': pem('other-ca.pem'),
    },
  })
  const [a, b, c] = loadConfig(`${directory}/doorward.yaml`, {}).tenants.map((tenant) => tenant.upstream)
  t.equal(a?.tls?.key?.reveal(), pem('server-key.pem').trimEnd())
  t.equal(a?.tls?.ca?.reveal(), pem('ca.pem').trimEnd())
  t.equal(a, b, 'who inherits has the very same, and its connections')
  t.equal(c?.tls?.ca?.reveal(), pem('other-ca.pem').trimEnd())
  t.notMatch(JSON.stringify(a) + inspect(a), 'PRIVATE KEY')
})
