import { connect } from 'node:net'
import { test } from 'tap'
import { startWorld } from '../fixtures/world.js'

const HOUR = 3_600_000

test('tokens are refreshed shortly before they expire, and the refreshed claims reach the upstream', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { settings: { session: { idle_timeout: '2h' } }, now: () => now })
  const { acme } = world.orgs
  const client = await world.client('acme')
  const [alice] = acme.users
  if (alice) alice.groups = ['interns']
  const calls = acme.calls.token

  now += HOUR - 61_000
  await client.get(world.url('acme', '/echo'))
  t.equal(acme.calls.token, calls, 'not earlier than a minute before')

  now += 60_000
  t.equal((await client.get(world.url('acme', '/echo'))).status, 200, 'the request does not wait')
  await acme.calledTimes('token', calls + 1)
  const groups = async () => {
    await client.get(world.url('acme', '/echo'))
    return world.upstream.requests.at(-1)?.headers['x-forwarded-groups']
  }
  while ((await groups()) !== 'interns') t.equal(acme.calls.token, calls + 1)
  t.match(world.proxy.events('session.refreshed'), [
    { tenant: 'acme', user: alice?.sub, session: /^[0-9a-f]{32}$/ },
  ])
})

test('an expired token is refreshed before the request goes on, once for all that wait', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { settings: { session: { idle_timeout: '2h' } }, now: () => now })
  const { acme } = world.orgs
  const client = await world.client('acme')
  const [alice] = acme.users
  if (alice) alice.groups = ['interns']
  const calls = acme.calls.token
  now += HOUR + 1
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.xhr(world.url('acme', '/echo'))))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.equal(acme.calls.token, calls + 1, 'one call')
  await client.get(world.url('acme', '/echo'))
  t.equal(world.upstream.requests.at(-1)?.headers['x-forwarded-groups'], 'interns')
})

test('a refresh makes no sign-in weaker', async (t) => {
  let now = Date.now()
  const acr_values = 'urn:okta:loa:2fa:any'
  const settings = {
    session: { idle_timeout: '2h' },
    rules: [{ path: '/strong', acr_values, max_age: '2h' }],
  }
  const world = await startWorld(t, { settings, okta: { confirmedAcrs: [acr_values] }, now: () => now })
  const client = await world.client()
  t.equal((await client.get(world.url('acme', '/strong'), { redirect: 'follow' })).status, 200)
  const calls = world.orgs.acme.calls.token
  now += HOUR + 1
  t.equal((await client.get(world.url('acme', '/strong'))).status, 200)
  t.equal(world.orgs.acme.calls.token, calls + 1)
  now += HOUR + 2 * 60_000
  t.equal((await client.get(world.url('acme', '/strong'))).status, 302, 'nor a proof younger')
})

test('the refresh goes on when the browser that needed it has gone', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { settings: { session: { idle_timeout: '2h' } }, now: () => now })
  const { acme } = world.orgs
  const client = await world.client('acme')
  now += HOUR + 1
  const calls = acme.calls.token
  acme.behave('token', { hang: true })
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  const gone = connect(world.port, '127.0.0.1')
  gone.write(`GET / HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\n\r\n`)
  await acme.calledTimes('token', calls + 1)
  gone.destroy()
  acme.behave('token', undefined)
  t.equal((await client.xhr(world.url('acme', '/echo'))).status, 200)
  t.equal(acme.calls.token, calls + 1, 'what it brought was kept')
})

test('invalid_grant ends the session', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { settings: { session: { idle_timeout: '2h' } }, now: () => now })
  const client = await world.client('acme')
  world.orgs.acme.revokeGrants('00ualice00000001')
  now += HOUR + 1
  const response = await client.xhr(world.url('acme'))
  t.equal(response.status, 401)
  t.match(response.setCookies, [/^doorward=; Max-Age=0/])
  t.match(world.proxy.events('session.ended'), [{ tenant: 'acme', reason: /invalid_grant/ }])
  t.equal((await client.get(world.url('acme'))).status, 302, 'the person may sign in again')
})

const passingFailures: { [what: string]: object } = {
  'a 500': { status: 500, body: 'oops' },
  'a 429 of Okta': { status: 429, body: { errorCode: 'E0000047' }, headers: { 'x-rate-limit-reset': '1' } },
  HTML: { status: 200, contentType: 'text/html', body: '<html>' },
  invalid_client: { status: 401, body: { error: 'invalid_client' } },
  'a cut connection': { drop: true },
}
for (const [what, behaviour] of Object.entries(passingFailures)) {
  test(`a refresh that meets ${what} keeps the session until stale_limit, then 503; it recovers at once`, async (t) => {
    let now = Date.now()
    const settings = { session: { idle_timeout: '12h', stale_limit: '15m' } }
    const world = await startWorld(t, { settings, now: () => now })
    const client = await world.client('acme')
    world.orgs.acme.behave('token', behaviour)
    now += HOUR + 1
    t.equal((await client.xhr(world.url('acme'))).status, 200, 'served with what is known')
    t.match(world.proxy.events('session.refresh_failed'), [{ tenant: 'acme' }])
    now += 15 * 60_000
    for (const ask of [() => client.xhr(world.url('acme')), () => client.get(world.url('acme'))]) {
      const response = await ask()
      // Past the provider's pause, which would be waited out.
      now += 1000
      t.equal(response.status, 503)
      t.match(response.headers['retry-after'], /^\d+$/)
      t.same(response.setCookies, [], 'nobody is signed out')
    }
    world.orgs.acme.behave('token', undefined)
    now += 6000
    t.equal((await client.xhr(world.url('acme'))).status, 200)
  })
}

test('without a refresh token the session lives by its own lifetimes', async (t) => {
  let now = Date.now()
  const settings = { session: { idle_timeout: '12h' } }
  const world = await startWorld(t, { settings, tenant: { refresh_tokens: false }, now: () => now })
  const client = await world.client('acme')
  const scope = new URL(String((await (await world.client()).get(world.url('acme'))).headers.location))
    .searchParams
  t.equal(scope.get('scope'), 'openid profile email groups')
  now += 5 * HOUR
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  t.equal(world.orgs.acme.calls.token, 1)
})
