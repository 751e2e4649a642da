import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { awakeTime } from '../fixtures/awake-time.js'
import { Client, type ClientResponse } from '../fixtures/client.js'
import { startProxy } from '../fixtures/proxy.js'
import { readiness, untilReady } from '../fixtures/readiness.js'
import { startRedis } from '../fixtures/redis.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { scrape } from '../fixtures/scrape.js'
import { signIn, startWorld } from '../fixtures/world.js'

const inRedis = (store: string) => ({
  settings: { session: { store, keys: [randomBytes(32).toString('base64')] } },
})

test('without Redis the answer is 503 and nobody is signed out; with it all goes on by itself', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const world = await startWorld(t, inRedis(redis.url))
  const client = await world.client('acme')
  t.equal(await readiness(world.proxy), 200)
  const cookies = client.cookies('acme.localhost')
  await redis.kill()

  const page = await client.get(world.url('acme', '/deep'))
  t.equal(page.status, 503)
  t.match(page.headers, { 'retry-after': '5', 'cache-control': 'no-store', 'content-type': /^text\/html/ })
  t.match(page.text(), 'You are still signed in')
  const call = await client.xhr(world.url('acme', '/api'))
  t.match(call, { status: 503, headers: { 'retry-after': '5' } })
  t.match(call.json(), { error: 'session_store_unavailable' })
  t.same([...page.setCookies, ...call.setCookies], [])
  t.same(client.cookies('acme.localhost'), cookies)
  t.equal((await client.get(world.url('acme', '/oauth2/logout'))).status, 503, 'a sign-out is not pretended')
  t.equal(await readiness(world.proxy), 503)
  t.equal((await new Client().get(`http://127.0.0.1:${world.proxy.adminPort}/livez`)).status, 200)
  t.notOk(world.upstream.requests.some(({ url }) => url === '/deep' || url === '/api'))

  const figures = await scrape(world.proxy.adminPort)
  const unread = { tenant: 'acme', status: '5xx', outcome: 'session_store_unavailable' }
  t.equal(figures.sum('doorward_requests_total', unread), 3)
  t.ok(figures.sum('doorward_store_errors_total', { operation: 'get' }) >= 3)
  t.equal(figures.sum('doorward_logouts_total', { kind: 'user', outcome: 'session_store_unavailable' }), 1)

  await redis.restart()
  await untilReady(world.proxy)
  // The fixture's Redis forgets everything, so this person signs in again.
  const response = await signIn(client, world.url('acme', '/deep'))
  t.equal(response.url, world.url('acme', '/deep'))
  const messages = world.proxy.log.map(({ msg }) => msg)
  for (const change of ['session store connection lost; reconnecting', 'session store connection restored'])
    t.equal(messages.filter((msg) => msg === change).length, 1, `${change}, once`)
})

test('without Redis at the start Doorward starts, and says what is amiss without the password', async (t) => {
  const store = `redis://127.0.0.1:${await reservePort()}`
  const { session } = inRedis(store).settings
  const tenant = { origins: ['http://acme.localhost:1'], issuer: 'http://localhost:2', client_id: 'a' }
  const proxy = await startProxy(t, {
    port: await reservePort(),
    settings: {
      session: { ...session, store: { url: store, password: 's3cret-of-redis' } },
      upstream: 'http://127.0.0.1:3',
      tenants: [{ ...tenant, client_secret: 's3cret' }],
    },
  })
  t.equal(await readiness(proxy), 503)
  const [lost, ...more] = proxy.log.filter(({ msg }) => msg === 'session store connection lost; reconnecting')
  t.match(lost, { level: 'error', reason: /ECONNREFUSED/, advice: /is that server running/ })
  t.same(more, [], 'once')
  t.notMatch(JSON.stringify(proxy.log), 's3cret')
})

test('a Redis that does not answer is waited for, and the session is there afterwards', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const world = await startWorld(t, inRedis(redis.url))
  const client = await world.client('acme')
  redis.pause()
  // What this process keeps is served for as long as it was vouched for: less than two seconds.
  const served = await awakeTime(async () => {
    while ((await client.xhr(world.url('acme'))).status === 200);
  })
  t.ok(served < 5000, `sessions are served without anybody to vouch for them: ${Math.round(served)} ms`)
  const refusals = world.proxy.log.filter(({ error }) => error === 'session_store_unavailable').length
  let answers: ClientResponse[] = []
  const took = await awakeTime(async () => {
    answers = await Promise.all([
      client.get(world.url('acme')),
      client.xhr(world.url('acme')),
      client.get(world.url('acme', '/oauth2/login')),
    ])
  })
  t.ok(took < 5000, `it was waited for, but not for long: ${Math.round(took)} ms`)
  const reasons = world.proxy.log.filter(({ error }) => error === 'session_store_unavailable').slice(refusals)
  for (const { reason } of reasons)
    t.match(reason, /^session store: (no answer within 1000 ms|not connected|the connection was given up)$/)
  t.equal(reasons.length, answers.length)
  for (const { status, headers, setCookies } of answers) {
    t.match({ status, headers }, { status: 503, headers: { 'retry-after': '5' } })
    t.same(setCookies, [])
  }
  t.equal(await readiness(world.proxy), 503)
  redis.resume()
  await untilReady(world.proxy)
  const response = await client.get(world.url('acme', '/after'))
  t.equal(response.status, 200)
  t.equal(response.url, world.url('acme', '/after'))
  t.equal(world.orgs.acme.calls.token, 1)
})

test('Doorward starts without Redis, and is ready when Redis is', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  await redis.stop()
  const world = await startWorld(t, inRedis(redis.url))
  t.equal(await readiness(world.proxy), 503)
  await redis.restart()
  await untilReady(world.proxy)
  await world.client('acme')
  t.equal(world.proxy.events('login.succeeded').length, 1)
})

test('a sign-in that comes back while Redis is away goes on with a reload', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const world = await startWorld(t, inRedis(redis.url))
  const client = await world.client()
  const { headers } = await client.get(world.url('acme', '/deep'))
  const back = (await client.get(String(headers.location))).headers.location
  await redis.kill()
  const refused = await client.get(String(back))
  t.match(refused, { status: 503, headers: { 'retry-after': '5' } })
  t.same(refused.setCookies, [])
  await redis.restart()
  await untilReady(world.proxy)
  t.equal((await client.get(String(back), { redirect: 'follow' })).url, world.url('acme', '/deep'))
})

// A rotated token that met a store away for a moment was lost, and its predecessor sent again: theft, to Okta.
test('a token that was rotated while Redis did not answer is kept', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  let now = Date.now()
  const { settings } = inRedis(redis.url)
  const session = { ...settings.session, idle_timeout: '5h' }
  const world = await startWorld(t, { settings: { session }, now: () => now })
  const { acme } = world.orgs
  const client = await world.client('acme')
  const calls = acme.calls.token
  now += 3_600_001
  acme.behave('token', { hang: true })
  const waiting = client.xhr(world.url('acme'))
  await acme.calledTimes('token', calls + 1)
  redis.pause()
  acme.behave('token', undefined)
  // Each of these waits for the deadline: by now several attempts to save have failed.
  for (let look = 0; look < 3; look += 1) t.equal(await readiness(world.proxy), 503)
  redis.resume()
  await untilReady(world.proxy)
  t.equal((await waiting).status, 200)
  while (world.proxy.events('session.refreshed').length === 0) await new Promise(setImmediate)
  now += 3_600_001
  t.equal((await client.xhr(world.url('acme'))).status, 200, 'the next rotation starts from the kept token')
  t.equal(acme.calls.token, calls + 2)
  t.same(world.proxy.events('session.ended'), [])
})
