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
})
