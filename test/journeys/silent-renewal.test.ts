import { test } from 'tap'
import type { Client } from '../fixtures/client.js'
import { ALICE, startWorld, type World } from '../fixtures/world.js'

const HOUR = 3_600_000
const MINUTE = 60_000
const TWO_FACTORS = 'urn:okta:loa:2fa:any'
const SETTINGS = {
  session: { idle_timeout: '12h', max_lifetime: '24h' },
  rules: [
    { path: '/strong/**', acr_values: TWO_FACTORS },
    { path: '/api/**', unauthenticated: 401 },
  ],
}

async function start(t: Parameters<typeof startWorld>[0], tenant: object = {}) {
  const clock = { now: Date.now() }
  const world = await startWorld(t, {
    settings: SETTINGS,
    tenant: { refresh_tokens: false, ...tenant },
    okta: {
      confirmedAcrs: [TWO_FACTORS],
      users: [ALICE, { ...ALICE, sub: '00ucarol', login: 'carol', email: 'carol@acme.example' }],
    },
    now: () => clock.now,
  })
  return { world, clock, client: await world.client('acme') }
}

const sessionOf = (client: Client): string | undefined => client.cookies('acme.localhost').doorward

/** Whether a navigation is sent to the provider, which is to ask nothing. */
async function asks(world: World, client: Client, path = '/reports?x=1'): Promise<string | undefined> {
  const { status, headers } = await client.get(world.url('acme', path))
  if (status === 200) return undefined
  const location = new URL(String(headers.location))
  if (location.searchParams.get('prompt') !== 'none') throw new Error(`${status} to ${location.origin}`)
  return location.href
}

/** Goes on from the provider: the answer of `callback`. */
async function comeBack(client: Client, address: string) {
  const answer = await client.get(address)
  return client.get(String(answer.headers.location))
}

test('after the ID token has expired, a navigation renews the session without a page', async (t) => {
  const { world, clock, client } = await start(t)
  const before = sessionOf(client)
  clock.now += HOUR - MINUTE
  t.equal(await asks(world, client), undefined, 'not while it is valid')
  clock.now += 2 * MINUTE
  t.equal((await client.xhr(world.url('acme', '/api'))).status, 200, 'a script is never redirected')
  t.equal((await client.get(world.url('acme', '/form'), { method: 'POST' })).status, 200, 'nor a POST')
  t.match(await client.get(world.url('acme', '/frame'), { headers: { 'sec-fetch-dest': 'iframe' } }), {
    status: 200,
  })
  const address = await asks(world, client)
  t.ok(address)
  const arrived = await comeBack(client, String(address))
  t.equal(arrived.headers.location, '/reports?x=1')
  t.not(sessionOf(client), before, 'a sign-in has a session of its own')
  t.equal((await client.get(world.url('acme', '/reports'))).status, 200)
})

// The provider names an acr only where it is asked for one, and nothing but a step-up asks.
test('a renewal of the same sign-in keeps what it has proved, and of another one does not', async (t) => {
  const { world, clock, client } = await start(t)
  const steps = async () => (await client.get(world.url('acme', '/strong/x'))).status
  t.equal(await steps(), 302)
  await client.get(world.url('acme', '/strong/x'), { redirect: 'follow' })
  t.equal(await steps(), 200)
  const before = sessionOf(client)
  clock.now += HOUR + MINUTE
  await comeBack(client, String(await asks(world, client)))
  t.not(sessionOf(client), before)
  t.equal(await steps(), 200, 'it was the same sign-in')

  const { acme } = world.orgs
  acme.signInAs('carol')
  await client.get(world.url('acme', '/oauth2/login'), { redirect: 'follow' })
  acme.signInAs('alice')
  acme.signedInFor = 60
  await client.get(world.url('acme', '/oauth2/login'), { redirect: 'follow' })
  t.equal(await steps(), 302, 'another sign-in proves its own')
})

test('where unauthenticated says 401, no navigation is sent away to be renewed', async (t) => {
  const { world, clock, client } = await start(t)
  clock.now += HOUR + MINUTE
  t.equal(await asks(world, client, '/api/x'), undefined)
  t.ok(await asks(world, client, '/x'))
})

test('when the provider would have to ask, the session stays and nobody asks again for a while', async (t) => {
  const { world, clock, client } = await start(t)
  const before = sessionOf(client)
  for (const error of ['login_required', 'interaction_required', 'consent_required', 'server_error']) {
    clock.now += HOUR + MINUTE
    const address = await asks(world, client)
    t.ok(address, error)
    world.orgs.acme.denyNext(error)
    t.equal((await comeBack(client, String(address))).headers.location, '/reports?x=1', error)
    t.equal(await asks(world, client), undefined, 'no loop')
    clock.now += 4 * MINUTE
    t.equal(await asks(world, client), undefined)
    t.equal(sessionOf(client), before)
    const [entry] = world.proxy.events('session.refresh_failed').slice(-1)
    t.match(entry, { tenant: 'acme', user: ALICE.sub, reason: `silent renewal: ${error}` })
  }
  clock.now += 2 * MINUTE
  t.ok(await asks(world, client), 'after the while')
})

test('a browser that never comes back is left alone, and so are its other tabs', async (t) => {
  const { world, clock, client } = await start(t)
  clock.now += HOUR + MINUTE
  const tabs = await Promise.all(['/a', '/b', '/c'].map((path) => asks(world, client, path)))
  t.equal(tabs.filter((address) => address !== undefined).length, 1)
  t.equal(await asks(world, client), undefined)
})

test('somebody else who comes back replaces the session', async (t) => {
  const { world, clock, client } = await start(t)
  clock.now += HOUR + MINUTE
  world.orgs.acme.signInAs('carol')
  await comeBack(client, String(await asks(world, client)))
  await client.get(world.url('acme', '/echo'))
  t.equal(world.upstream.requests.at(-1)?.headers['x-forwarded-user'], '00ucarol')
})

test('who was taken access away is told so, and is signed out', async (t) => {
  const { world, clock, client } = await start(t)
  const { doorward = '' } = client.cookies('acme.localhost')
  clock.now += HOUR + MINUTE
  const address = String(await asks(world, client))
  world.orgs.acme.denyNext('access_denied')
  const answer = await comeBack(client, address)
  t.equal(answer.status, 403)
  t.match(answer.setCookies, [/^doorward-tx-/, /^doorward=; Max-Age=0/])
  t.equal(sessionOf(client), undefined)
  client.setCookie('acme.localhost', 'doorward', doorward)
  t.equal((await client.xhr(world.url('acme'))).status, 401, 'a copy of the cookie opens nothing')
  const reason = /^silent renewal: access_denied.*\(assign the person/
  t.match(world.proxy.events('session.ended'), [{ tenant: 'acme', user: ALICE.sub, session: /\w/, reason }])
  t.match(world.proxy.events('login.failed'), [{ error: 'access_denied' }])
})

test('a session that has begun since the provider was asked is not the one that it refuses', async (t) => {
  const { world, clock, client } = await start(t)
  clock.now += HOUR + MINUTE
  const address = String(await asks(world, client))
  world.orgs.acme.denyNext('access_denied')
  const refused = await client.get(address)
  clock.now += 1000
  world.orgs.acme.signInAs('carol')
  await client.get(world.url('acme', '/oauth2/login'), { redirect: 'follow' })
  t.equal((await client.get(String(refused.headers.location))).status, 403)
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  t.same(world.proxy.events('session.ended'), [])
})

test('what stands in the way of asking leaves everything as it is', async (t) => {
  const { world, clock, client } = await start(t)
  clock.now += HOUR + MINUTE
  t.equal(await asks(world, client, `/long?${'x'.repeat(3000)}`), undefined, 'its query would be lost')
  for (let login = 0; login < 10; login += 1) {
    await client.get(world.url('acme', '/oauth2/login'))
    clock.now += 100
  }
  t.equal(await asks(world, client), undefined, 'ten logins within a minute are enough')
  t.match(world.proxy.log.at(-1), { msg: 'no silent renewal', reason: /started 10 logins/ })
  t.same(world.proxy.events('login.failed'), [])
})

test('a tenant with refresh tokens, or with a prompt of its own, renews nothing so', async (t) => {
  for (const tenant of [{ refresh_tokens: true }, { authorization_params: { prompt: 'none' } }]) {
    const { world, clock, client } = await start(t, tenant)
    t.ok(sessionOf(client))
    clock.now += HOUR + MINUTE
    t.equal(await asks(world, client), undefined, JSON.stringify(tenant))
  }
})
