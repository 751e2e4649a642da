import { test } from 'tap'
import type { Client, ClientResponse } from '../fixtures/client.js'
import { signIn, startWorld, type TenantName, type World } from '../fixtures/world.js'

/** Starts a login and lets the org answer it: the callback's address, not yet opened. */
async function comeBack(world: World, client: Client): Promise<URL> {
  const start = await client.get(world.url('acme', '/reports'))
  const answer = await client.get(String(start.headers.location))
  return new URL(String(answer.headers.location))
}

function isPage(response: ClientResponse, status: number): boolean {
  const csp = String(response.headers['content-security-policy'])
  return (
    response.status === status &&
    response.headers['cache-control'] === 'no-store' &&
    csp.includes("default-src 'none'") &&
    /<h1/.test(response.text())
  )
}

const hasNoSession = (world: World, client: Client): boolean =>
  client.cookies(`acme.localhost:${world.port}`).doorward === undefined

test('a callback that does not match a login in flight', async (t) => {
  const world = await startWorld(t)
  const spoilers: { [what: string]: (url: URL) => void } = {
    'without parameters': (url) => {
      url.search = ''
    },
    'without a state': (url) => url.searchParams.delete('state'),
    'without a code': (url) => url.searchParams.delete('code'),
    'with an empty code': (url) => url.searchParams.set('code', ''),
    'with an empty state': (url) => url.searchParams.set('state', ''),
    'with another state': (url) => url.searchParams.set('state', 'a'.repeat(43)),
    'with a state that differs behind its id': (url) =>
      url.searchParams.set('state', `${url.searchParams.get('state')?.slice(0, 40)}xyz`),
    'with a prototype name for a state': (url) => url.searchParams.set('state', '__proto__'),
    'with two codes': (url) => url.searchParams.append('code', 'c0de-two'),
    'with the state twice': (url) => url.searchParams.append('state', url.searchParams.get('state') ?? ''),
    'with an unknown parameter twice': (url) => {
      url.searchParams.append('x', '1')
      url.searchParams.append('x', '2')
    },
    'with a foreign iss': (url) => url.searchParams.set('iss', 'https://evil.example'),
    'with an ID token besides': (url) => url.searchParams.set('id_token', 'e30.e30.e30'),
    'with a JARM response': (url) => url.searchParams.set('response', 'e30.e30.e30'),
    'with a made-up code': (url) => url.searchParams.set('code', 'made-up'),
  }
  for (const [what, spoil] of Object.entries(spoilers)) {
    await t.test(`is a 400 page with a link to start again: ${what}`, async (t) => {
      const client = await world.client()
      const url = await comeBack(world, client)
      spoil(url)
      const response = await client.get(url)
      t.ok(isPage(response, 400), `status ${response.status}`)
      t.match(response.text(), 'href="/oauth2/login"')
      t.ok(hasNoSession(world, client))
      for (const value of url.searchParams.values()) {
        if (value.length > 3) t.notMatch(response.text(), value, 'nothing of the request is reflected')
      }
    })
  }

  await t.test('is a 400 page: in another browser', async (t) => {
    const url = await comeBack(world, await world.client())
    const other = await world.client()
    t.ok(isPage(await other.get(url), 400))
    t.ok(hasNoSession(world, other))
  })

  await t.test('is a 400 page: at another tenant', async (t) => {
    const client = await world.client()
    const url = await comeBack(world, client)
    for (const [name, value] of Object.entries(client.cookies('acme.localhost'))) {
      client.setCookie('west.localhost', name, value)
    }
    t.ok(isPage(await client.get(world.url('west', url.pathname + url.search)), 400))
    t.notOk(client.cookies('west.localhost').doorward)
  })

  await t.test('is JSON for a script', async (t) => {
    const response = await (await world.client()).xhr(world.url('acme', '/oauth2/callback?code=a&state=b'))
    t.equal(response.status, 400)
    t.match(response.json(), { error: 'invalid_callback' })
  })

  await t.test('is a 400 page: as a form post with nothing that fits', async (t) => {
    const client = await world.client()
    const body = new URLSearchParams({ code: 'x', state: 'y' })
    t.ok(isPage(await client.get(world.url('acme', '/oauth2/callback'), { method: 'POST', body }), 400))
  })
})

test('a response that another client or provider was given is not taken for the one that is expected', async (t) => {
  const world = await startWorld(t, { okta: { issParameter: true } })
  const { acme, globex } = world.orgs
  const codeOf = async (tenant: TenantName) => {
    const client = await world.client()
    const start = await client.get(world.url(tenant))
    const answer = await client.get(String(start.headers.location))
    return new URL(String(answer.headers.location)).searchParams.get('code') ?? ''
  }
  const mixUps: { [what: string]: (url: URL) => unknown } = {
    'without the iss that the provider promises': (url) => url.searchParams.delete('iss'),
    'with the iss of another provider': (url) => url.searchParams.set('iss', globex.issuer),
    'with an iss that is a letter longer': (url) => url.searchParams.set('iss', `${acme.issuer}/x`),
    'an error of another provider': (url) => {
      url.search = `${new URLSearchParams({ error: 'access_denied', state: url.searchParams.get('state') ?? '', iss: globex.issuer })}`
    },
    'with the code of another provider': async (url) => url.searchParams.set('code', await codeOf('globex')),
    'with the code of the other instance': async (url) => url.searchParams.set('code', await codeOf('west')),
    "with the code of another person's sign-in": async (url) =>
      url.searchParams.set('code', await codeOf('acme')),
  }
  for (const [what, mix] of Object.entries(mixUps)) {
    const client = await world.client()
    const url = await comeBack(world, client)
    t.equal(url.searchParams.get('iss'), acme.issuer)
    await mix(url)
    const calls = acme.calls.token
    t.ok(isPage(await client.get(url), 400), what)
    t.ok(hasNoSession(world, client), what)
    if (!what.includes('code')) t.equal(acme.calls.token, calls, `${what}: no code is given away`)
  }
  const client = await world.client()
  t.equal((await client.get(await comeBack(world, client))).headers.location, '/reports')
})

test('a used callback', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  const url = await comeBack(world, client)
  const transaction = client.cookies('acme.localhost')
  t.equal((await client.get(url)).status, 302)
  const calls = world.orgs.acme.calls.token

  await t.test('leads to the app while there is a session', async (t) => {
    const again = await client.get(url)
    t.equal(again.status, 302)
    t.equal(again.headers.location, '/')
  })

  await t.test('is no session for who has copied the transaction cookie', async (t) => {
    const thief = await world.client()
    for (const [name, value] of Object.entries(transaction)) thief.setCookie('acme.localhost', name, value)
    t.ok(isPage(await thief.get(url), 400))
    t.ok(hasNoSession(world, thief))
  })

  t.equal(world.orgs.acme.calls.token, calls, 'the code is redeemed once')
})

test('what the provider says instead of a code', async (t) => {
  const world = await startWorld(t)
  const answers: [error: string, status: number, text: RegExp][] = [
    ['access_denied', 403, /has not given you access/],
    ['server_error', 503, /does not answer/],
    ['temporarily_unavailable', 503, /does not answer/],
    ['invalid_scope', 500, /misconfigured/],
    ['login_required', 500, /misconfigured/],
    ['<script>alert(1)</script>', 500, /misconfigured/],
  ]
  for (const [error, status, text] of answers) {
    await t.test(`${error} is a ${status} page, with details in the log only`, async (t) => {
      const client = await world.client()
      world.orgs.acme.denyNext(error, 'the-description')
      const url = await comeBack(world, client)
      const response = await client.get(url)
      t.ok(isPage(response, status), `status ${response.status}`)
      t.match(response.text(), text)
      t.notMatch(response.text(), /the-description|alert\(1\)/)
      t.equal(response.headers['retry-after'] !== undefined, status === 503)
      t.match(world.proxy.events('login.failed').at(-1), { tenant: 'acme', reason: /the-description/ })
      t.ok(hasNoSession(world, client))
    })
  }
})

test('a provider that is down at sign-in concerns its own tenant only', async (t) => {
  const world = await startWorld(t)
  await world.orgs.acme.stop()
  const client = await world.client()
  const response = await client.get(world.url('acme'))
  t.ok(isPage(response, 503))
  t.match(response.headers['retry-after'], /^\d+$/)
  t.same(response.setCookies, [])
  await signIn(client, world.url('globex'))
})

test('a token endpoint that fails at the callback gives 503 and no session; a refused client 500', async (t) => {
  const world = await startWorld(t)
  const failures: [behaviour: object, status: number][] = [
    [{ status: 500, body: 'oops' }, 503],
    [{ status: 429, body: { errorCode: 'E0000047' } }, 503],
    [{ status: 200, contentType: 'text/html', body: '<html>' }, 503],
    [{ status: 401, body: { error: 'invalid_client' } }, 500],
    [{ status: 400, body: { errorCode: 'invalid_client' } }, 500],
    [{ drop: true }, 503],
  ]
  for (const [behaviour, status] of failures) {
    const client = await world.client()
    const url = await comeBack(world, client)
    world.orgs.acme.behave('token', { ...behaviour, times: 1 })
    const response = await client.get(url)
    t.ok(isPage(response, status), JSON.stringify(behaviour))
    t.ok(hasNoSession(world, client))
  }
})

test('the eleventh login that one browser starts within a minute is a 429 page', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { now: () => now })
  const client = await world.client()
  for (let start = 0; start < 10; start += 1) {
    t.equal((await client.get(world.url('acme', `/${start}`))).status, 302)
    now += 100
  }
  const refused = await client.get(world.url('acme', '/10'))
  t.ok(isPage(refused, 429))
  t.same(refused.setCookies, [])
  t.equal((await client.get(world.url('globex'))).status, 302, 'another tenant does not count')
  now += 61_000
  t.equal((await client.get(world.url('acme'))).status, 302, 'a minute later it goes on')
})

test('an app that bounces to login after every sign-in ends at the 429 page', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  let statuses = ''
  for (let round = 0; round < 12; round += 1) {
    statuses += (await client.get(world.url('acme', '/oauth2/login?rd=/'), { redirect: 'follow' })).status
  }
  t.match(statuses, /^(200){10}429/)
})

test('six tabs may sign in at once: five logins are in flight, the oldest gives way', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  const tabs: URL[] = []
  for (let tab = 0; tab < 6; tab += 1) tabs.push(await comeBack(world, client))
  const names = Object.keys(client.cookies('acme.localhost'))
  t.equal(names.filter((name) => name.startsWith('doorward-tx-')).length, 5)
  const [oldest, ...others] = tabs
  t.ok(isPage(await client.get(String(oldest)), 400))
  for (const tab of others) t.equal((await client.get(tab)).headers.location, '/reports')
})
