import { test } from 'tap'
import { rawRequest } from '../fixtures/raw-request.js'
import { ALICE, signIn, startWorld } from '../fixtures/world.js'

const REMOVED = 'doorward=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax'

test('a cookie that opens no session', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const { doorward: good = '' } = client.cookies('acme.localhost')
  const globex = await world.client('globex')
  const [id = '', secret = ''] = good.split('.')
  const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
  const cookies = {
    'with another secret': `${id}.${flip(secret)}`,
    'with another id': `${flip(id)}.${secret}`,
    "with another spelling of the secret's last character":
      good.slice(0, -1) + String.fromCharCode(good.charCodeAt(42 + 23) + 1),
    'without a secret': id,
    'with something behind it': `${good}.x`,
    'that is empty': '',
    'of prototype names': '__proto__.constructor',
    "of another tenant's session": globex.cookies('globex.localhost').doorward ?? '',
    'of 3,000 characters': 'A'.repeat(3000),
  }
  for (const [what, cookie] of Object.entries(cookies)) {
    await t.test(`is as no session, and is removed: ${what}`, async (t) => {
      const other = await world.client()
      other.setCookie('acme.localhost', 'doorward', cookie)
      const script = await other.xhr(world.url('acme', '/api'))
      t.equal(script.status, 401)
      t.same(script.setCookies, [REMOVED])
      other.setCookie('acme.localhost', 'doorward', cookie)
      const navigation = await other.get(world.url('acme', '/deep'))
      t.equal(navigation.status, 302)
      t.ok(navigation.setCookies.includes(REMOVED))
    })
  }

  await t.test('two session cookies are no session, even where one of them is good', async (t) => {
    const request = `GET /api HTTP/1.1\r\nHost: acme.localhost\r\nConnection: close\r\nCookie: `
    t.match(await rawRequest(world.port, `${request}doorward=${good}\r\n\r\n`), /^HTTP\/1\.1 200 /)
    for (const pair of [
      `doorward=${good}; doorward=x`,
      `doorward=x; doorward=${good}`,
      `doorward=${good}; doorward=${good}`,
    ]) {
      t.match(await rawRequest(world.port, `${request}${pair}\r\n\r\n`), /^HTTP\/1\.1 401 /)
    }
  })

  t.equal((await client.get(world.url('acme'))).status, 200, 'the session itself has come to no harm')
})

test("a session is one tenant's, even where two tenants share an org", async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const { doorward = '' } = client.cookies('acme.localhost')
  for (const tenant of ['west', 'globex'] as const) {
    client.setCookie(`${tenant}.localhost`, 'doorward', doorward)
    t.equal((await client.xhr(world.url(tenant))).status, 401, tenant)
  }
})

test('every sign-in begins a session with a new id', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  client.setCookie('acme.localhost', 'doorward', 'planted')
  await signIn(client, world.url('acme'))
  const first = client.cookies('acme.localhost').doorward
  t.not(first, 'planted')
  await signIn(client, world.url('acme', '/oauth2/login'))
  const second = client.cookies('acme.localhost').doorward
  t.not(first?.split('.')[0], second?.split('.')[0])
})

test('the session that a new sign-in replaced lives on for requests in flight only', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { now: () => now })
  const client = await world.client('acme')
  const { doorward: old = '' } = client.cookies('acme.localhost')
  await signIn(client, world.url('acme', '/oauth2/login'))
  const late = await world.client()
  late.setCookie('acme.localhost', 'doorward', old)
  t.equal((await late.xhr(world.url('acme'))).status, 200)
  now += 31_000
  t.equal((await late.xhr(world.url('acme'))).status, 401)
  t.equal((await client.xhr(world.url('acme'))).status, 200)
})

test('a cookie whose name only looks like a transaction costs nobody the sign-in', async (t) => {
  const world = await startWorld(t)
  for (const cookie of [
    'doorward-tx-\xe9=1',
    'doorward-tx-a b=1',
    'doorward-tx-=1',
    'doorward-tx-__proto__=1',
  ]) {
    const request = `GET / HTTP/1.1\r\nHost: acme.localhost\r\nSec-Fetch-Mode: navigate\r\nCookie: ${cookie}\r\n`
    t.match(await rawRequest(world.port, `${request}Connection: close\r\n\r\n`), /^HTTP\/1\.1 302 /, cookie)
  }
})

test('a session ends when nobody uses it for idle_timeout', async (t) => {
  let now = Date.now()
  const settings = { session: { idle_timeout: '10m', max_lifetime: '12h' } }
  const world = await startWorld(t, { settings, now: () => now })
  const client = await world.client('acme')
  for (let minutes = 0; minutes < 30; minutes += 9) {
    now += 9 * 60_000
    t.equal((await client.xhr(world.url('acme'))).status, 200, 'using it keeps it')
  }
  now += 11 * 60_000
  t.equal((await client.xhr(world.url('acme'))).status, 401)
})

test('a session ends after max_lifetime, however much it is used; a tenant may say its own', async (t) => {
  let now = Date.now()
  const settings = { session: { idle_timeout: '40m', max_lifetime: '1h' } }
  const tenants = { globex: { session: { max_lifetime: '2h' } } }
  const world = await startWorld(t, { settings, tenants, now: () => now })
  const client = await world.client('acme')
  await signIn(client, world.url('globex'))
  now += 30 * 60_000
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  t.equal((await client.xhr(world.url('globex'))).status, 200)
  now += 31 * 60_000
  t.equal((await client.xhr(world.url('acme'))).status, 401)
  t.equal((await client.xhr(world.url('globex'))).status, 200)
})

test('cookies of an https origin carry the __Host- prefix and Secure', async (t) => {
  const world = await startWorld(t, { tenants: { acme: { origins: ['https://acme.example'] } } })
  const answer = await rawRequest(
    world.port,
    'GET / HTTP/1.1\r\nHost: acme.example\r\nSec-Fetch-Mode: navigate\r\nConnection: close\r\n\r\n',
  )
  t.match(
    answer,
    /set-cookie: __Host-doorward-tx-[\w-]+=[\w-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax\r\n/i,
  )
  const removed = await rawRequest(
    world.port,
    'GET / HTTP/1.1\r\nHost: acme.example\r\nCookie: __Host-doorward=x\r\nConnection: close\r\n\r\n',
  )
  t.match(
    removed,
    /set-cookie: __Host-doorward=; Max-Age=0; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax\r\n/i,
  )
})

test("the application's own cookies pass, Doorward's do not, whatever their spelling", async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  client.setCookie('acme.localhost', 'app', '"quoted value"')
  client.setCookie('acme.localhost', '__Host-doorward', 'x')
  client.setCookie('acme.localhost', '__Host-doorward-tx-1', 'x')
  client.setCookie('acme.localhost', 'doorward-tx-1', 'x')
  client.setCookie('acme.localhost', 'doorwarden', 'y')
  await client.get(world.url('acme', '/echo'))
  t.equal(world.upstream.requests.at(-1)?.headers.cookie, 'app="quoted value"; doorwarden=y')
  t.equal(world.upstream.requests.at(-1)?.headers['x-forwarded-user'], ALICE.sub)
})
