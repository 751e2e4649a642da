import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { startWorld, type World } from '../fixtures/world.js'

const ONE_FACTOR = 'urn:okta:loa:1fa:any'
const TWO_FACTORS = 'urn:okta:loa:2fa:any'
const MINUTE = 60_000
const RULES = [
  { path: '/vault/**', acr_values: TWO_FACTORS, max_age: '15m' },
  { path: '/strong/**', acr_values: TWO_FACTORS },
  { path: '/recent/**', max_age: '15m' },
  { path: '/api/**', unauthenticated: 401, acr_values: TWO_FACTORS },
  { path: '/closed/**', require: { groups: ['nobody'] }, acr_values: TWO_FACTORS },
]

/** An org that can ask for a second factor; who is signed in there has been so for an hour. */
async function start(t: Parameters<typeof startWorld>[0]) {
  const clock = { now: Date.now() }
  const world = await startWorld(t, {
    settings: { rules: RULES },
    tenants: { west: { rules: [] }, globex: { authorization_params: { acr_values: ONE_FACTOR } } },
    okta: { confirmedAcrs: [TWO_FACTORS], signedInFor: 3600 },
    now: () => clock.now,
  })
  return { world, clock, client: await world.client('acme') }
}

const sessionOf = (client: Client): string | undefined => client.cookies('acme.localhost').doorward

/** What a navigation asks of the provider; `undefined` where it is not sent there. */
async function asked(world: World, client: Client, path: string, tenant: 'acme' | 'globex' = 'acme') {
  const { status, headers } = await client.get(world.url(tenant, path))
  if (status !== 302) return undefined
  const { searchParams } = new URL(String(headers.location))
  return { acr_values: searchParams.get('acr_values'), max_age: searchParams.get('max_age') }
}

test('step-up needed, in a navigation: 302 to the provider, and back with a session of its own', async (t) => {
  const { world, clock, client } = await start(t)
  const before = sessionOf(client)
  const forwarded = world.upstream.requests.length
  const response = await client.get(world.url('acme', '/vault/gold?x=1'))
  t.equal(response.status, 302)
  t.match(response.setCookies, [/^doorward-tx-.*HttpOnly/])
  t.equal(response.setCookies.length, 1)
  const { searchParams } = new URL(String(response.headers.location))
  t.equal(searchParams.get('acr_values'), TWO_FACTORS)
  t.equal(searchParams.get('max_age'), '900')
  t.equal(world.upstream.requests.length, forwarded, 'nothing was forwarded')

  const arrived = await client.get(String(response.headers.location), { redirect: 'follow' })
  t.equal(arrived.status, 200)
  t.equal(arrived.url, world.url('acme', '/vault/gold?x=1'))
  t.not(sessionOf(client)?.split('.')[0], before?.split('.')[0], 'a sign-in has a session of its own')
  t.equal((await client.xhr(world.url('acme', '/vault/gold'))).status, 200)

  clock.now += 17 * MINUTE
  t.match(await asked(world, client, '/vault/gold'), { max_age: '900' }, 'it was too long ago by now')
  t.equal((await client.get(world.url('acme', '/strong/room'))).status, 200, 'where its age does not matter')
})

test('step-up needed, otherwise: 401 insufficient_user_authentication (RFC 9470)', async (t) => {
  const { world, client } = await start(t)
  const forwarded = world.upstream.requests.length
  const challenge = `Bearer error="insufficient_user_authentication", acr_values="${TWO_FACTORS}", max_age="900"`
  for (const options of [{}, { method: 'POST' }, { headers: { accept: 'text/event-stream' } }]) {
    const response = await client.xhr(world.url('acme', '/vault/gold'), options)
    t.equal(response.status, 401)
    t.equal(response.headers['www-authenticate'], challenge)
    t.equal(response.headers['cache-control'], 'no-store')
    const named = { acr_values: TWO_FACTORS, max_age: '900' }
    t.match(response.json(), { error: 'insufficient_user_authentication', ...named })
    t.same(response.setCookies, [])
  }
  const upgrade = await rawRequest(
    world.port,
    `GET /vault/ws HTTP/1.1\r\nHost: acme.localhost\r\nCookie: doorward=${sessionOf(client)}\r\n` +
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  t.match(upgrade, /^HTTP\/1\.1 401 /)
  t.match(upgrade.toLowerCase(), `www-authenticate: ${challenge}`.toLowerCase())
  t.equal((await client.get(world.url('acme', '/api/x'))).status, 401, 'unauthenticated: 401 never redirects')
  t.equal(world.upstream.requests.length, forwarded, 'nothing was forwarded')
  t.match(world.proxy.events('access.denied')[0], { tenant: 'acme', user: '00ualice00000001' })
})

test('rule not satisfied: 403 as a page or as JSON, also where a step-up would be needed', async (t) => {
  const { world, client } = await start(t)
  const forwarded = world.upstream.requests.length
  const page = await client.get(world.url('acme', '/closed/'))
  t.match([page.status, page.headers['content-type']], [403, /^text\/html/])
  const json = await client.xhr(world.url('acme', '/closed/'), { method: 'PUT' })
  t.match([json.status, json.json()], [403, { error: 'forbidden' }])
  t.equal(world.upstream.requests.length, forwarded)
})

test('a provider that cannot do it gets nobody into a loop, and leaves the session as it was', async (t) => {
  const { world, client } = await start(t)
  const { acme } = world.orgs
  const before = sessionOf(client)
  const unable = {
    'it ignores acr_values': { confirmedAcrs: [] },
    'it says unmet_authentication_requirements': { confirmedAcrs: [], refusesUnmetAcrs: true },
    'it ignores max_age': { ignoresMaxAge: true },
  }
  for (const [name, how] of Object.entries(unable)) {
    Object.assign(acme, how)
    const response = await client.get(world.url('acme', name.endsWith('max_age') ? '/recent/' : '/strong/'), {
      redirect: 'follow',
    })
    t.equal(response.status, 403, name)
    t.match(response.url, world.url('acme', '/oauth2/callback'))
    t.match(response.text(), 'stronger or more recent sign-in')
    t.equal((await client.get(world.url('acme', '/'))).status, 200, 'what was open stays open')
    t.equal(sessionOf(client), before)
  }
  t.equal(world.proxy.events('login.started').length, 4, 'one login each, and the first')
  // Two of them brought tokens that nobody will use, and a refresh token lives for months.
  await acme.calledTimes('revoke', 2)
  t.equal(acme.calls.revoke, 2)
  t.match(world.proxy.events('login.failed')[0], { reason: /acr none/ })
})

test('who has no session is asked for the stronger sign-in at once', async (t) => {
  const { world } = await start(t)
  const client = new Client()
  const response = await client.get(world.url('acme', '/vault/gold'), { redirect: 'follow' })
  t.match(response, { status: 200, url: world.url('acme', '/vault/gold') })
  t.equal(world.proxy.events('login.started').length, 2, 'one login, beside the one of somebody else')
})

test('a rule asks for its own acr_values, at the tenant whose rule it is', async (t) => {
  const { world } = await start(t)
  const west = await world.client('west')
  t.equal((await west.get(world.url('west', '/vault/gold'))).status, 200)
  const stranger = new Client()
  t.match(await asked(world, stranger, '/', 'globex'), { acr_values: ONE_FACTOR, max_age: null })
  t.match(await asked(world, stranger, '/strong/x', 'globex'), { acr_values: TWO_FACTORS, max_age: null })
})

test('a login without the demand, or with a changed one, opens nothing', async (t) => {
  const { world, client } = await start(t)
  const plain = await client.get(world.url('acme', '/oauth2/login?rd=/'))
  const callback = await client.get(String(plain.headers.location))
  const back = await client.get(String(callback.headers.location))
  t.equal(back.headers.location, '/')
  t.match(await asked(world, client, '/vault/gold'), { acr_values: TWO_FACTORS })

  const visitor = new Client()
  const start302 = await visitor.get(world.url('acme', '/vault/gold'))
  const [[name, value] = []] = Object.entries(visitor.cookies('acme.localhost'))
  visitor.setCookie('acme.localhost', String(name), `${value?.slice(0, -6)}AAAAAA`)
  const refused = await visitor.get(String(start302.headers.location), { redirect: 'follow' })
  t.equal(refused.status, 400)
  t.equal(sessionOf(visitor), undefined)
})
