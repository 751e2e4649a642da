import { test } from 'tap'
import { ALICE, startWorld } from '../fixtures/world.js'

const HOUR = 3_600_000

test('a page may know who is signed in and for how long, and never a token', async (t) => {
  let now = Date.parse('2027-01-01T10:00:00Z')
  const world = await startWorld(t, {
    now: () => now,
    settings: { headers: { 'X-Access': '$access_token' } },
  })
  const client = await world.client('acme')
  now += 60_000
  const answer = await client.xhr(world.url('acme', '/oauth2/session'))
  t.equal(answer.status, 200)
  t.match(answer.headers, { 'cache-control': 'no-store', 'content-type': /^application\/json/ })
  t.same(answer.json(), {
    tenant: 'acme',
    sub: ALICE.sub,
    name: ALICE.name,
    preferred_username: ALICE.login,
    email: ALICE.email,
    created_at: '2027-01-01T10:00:00.000Z',
    ends_at: '2027-01-01T22:00:00.000Z',
    idle_ends_at: '2027-01-01T11:00:00.000Z',
    tokens: {
      refreshed_at: '2027-01-01T10:00:00.000Z',
      expires_at: '2027-01-01T11:00:00.000Z',
      refreshable: true,
    },
  })
  const token = String(world.upstream.requests.at(-1)?.headers['x-access'])
  t.ok(token.length > 10)
  t.notMatch(answer.text(), token)
})

test('asking does not keep a session alive, using it does', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { now: () => now })
  const client = await world.client('acme')
  for (let minute = 0; minute < 59; minute += 10) {
    now += 10 * 60_000
    const { status } = await client.xhr(world.url('acme', '/oauth2/session'))
    t.equal(status, minute < 50 ? 200 : 401)
  }
})

test('without a session the answer is 401 with the address to sign in at', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  for (const answer of [
    await client.xhr(world.url('acme', '/oauth2/session')),
    await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' }),
  ]) {
    t.equal(answer.status, 401)
    t.match(answer.json(), { error: 'login_required', login_url: world.url('acme', '/oauth2/login') })
    t.same(answer.setCookies, [])
  }
  t.equal((await client.xhr(world.url('acme', '/oauth2/session/refresh'))).status, 404, 'it is a POST')
})

test('a refresh on demand brings new tokens and claims at once', async (t) => {
  const world = await startWorld(t)
  const { acme } = world.orgs
  const client = await world.client('acme')
  const [alice] = acme.users
  if (alice) alice.groups = ['interns']
  const calls = acme.calls.token
  const before = (await client.xhr(world.url('acme', '/oauth2/session'))).json() as Described
  const answer = await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })
  t.equal(answer.status, 200)
  const after = answer.json() as Described
  t.ok(after.tokens.refreshed_at > before.tokens.refreshed_at)
  t.equal(acme.calls.token, calls + 1)
  await client.xhr(world.url('acme', '/echo'))
  t.equal(world.upstream.requests.at(-1)?.headers['x-forwarded-groups'], 'interns')
})

interface Described {
  readonly tokens: { readonly refreshed_at: string }
}

test('a refresh on demand that the provider does not answer is 503, and nobody is signed out', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  world.orgs.acme.behave('token', { status: 500, body: 'oops' })
  const refused = await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })
  t.match(refused, { status: 503, headers: { 'retry-after': /^\d+$/ } })
  t.same(refused.setCookies, [])
  t.equal((await client.xhr(world.url('acme', '/echo'))).status, 200)
})

test('a refresh on demand that the provider ends, ends the session', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  world.orgs.acme.revokeGrants(ALICE.sub)
  const ended = await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })
  t.equal(ended.status, 401)
  t.match(ended.setCookies, [/^doorward=; Max-Age=0/])
  t.equal((await client.xhr(world.url('acme', '/echo'))).status, 401)
})

test('where the provider grants no refresh token, the session says so and stays as it is', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { tenant: { refresh_tokens: false }, now: () => now })
  const client = await world.client('acme')
  now += HOUR / 2
  const answer = await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })
  t.match(answer.json(), { tokens: { refreshable: false } })
  t.equal(world.orgs.acme.calls.token, 1)
})
