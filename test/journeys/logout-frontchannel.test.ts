import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { Client, type ClientResponse, type RequestOptions } from '../fixtures/client.js'
import { startRedis } from '../fixtures/redis.js'
import { startWorld, type TenantName, type World } from '../fixtures/world.js'

const PATH = '/oauth2/logout/frontchannel'
const settings = { headers: { 'X-Sid': 'sid' } }
const keys = [randomBytes(32).toString('base64')]
const iframe = { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }

async function signInWithSid(world: World, tenant: TenantName = 'acme') {
  const client = await world.client(tenant)
  await client.xhr(world.url(tenant, '/who'))
  const sid = String(world.upstream.requests.at(-1)?.headers['x-sid'])
  return { client, sid, isAlive: async () => (await client.xhr(world.url(tenant))).status === 200 }
}

/** Asks as the frame of a provider's page does, without a cookie. */
const ask = (world: World, query: string | Record<string, string>, options: RequestOptions = {}) =>
  new Client().get(`${world.url('acme', PATH)}?${new URLSearchParams(query)}`, {
    headers: iframe,
    ...options,
  })

test('a frame of the provider ends the sign-in that it names, without a cookie', async (t) => {
  const world = await startWorld(t, { settings })
  const { issuer: iss } = world.orgs.acme
  const [one, two, three] = [
    await signInWithSid(world),
    await signInWithSid(world),
    await signInWithSid(world),
  ]
  const answer = await ask(world, { iss, sid: one.sid })
  t.equal(answer.status, 200)
  t.match(answer.headers, { 'cache-control': 'no-store', 'content-type': /^text\/html/ })
  t.notOk(answer.headers['x-frame-options'])
  t.notMatch(answer.headers['content-security-policy'], 'frame-ancestors')
  t.ok(answer.text().length < 200)
  t.same([await one.isAlive(), await two.isAlive()], [false, true])

  const form = { method: 'POST', body: new URLSearchParams({ iss, sid: two.sid }) }
  t.equal((await ask(world, {}, form)).status, 200, 'as Okta posts it')
  t.equal((await ask(world, { iss, sid: three.sid }, { method: 'POST' })).status, 200, 'posted, with a query')
  t.same([await two.isAlive(), await three.isAlive()], [false, false])
  t.match(world.proxy.events('session.ended'), [
    { tenant: 'acme', session: /^[0-9a-f]{32}$/, reason: 'front-channel logout', request_id: /\w/ },
    { reason: 'front-channel logout' },
    { reason: 'front-channel logout' },
  ])
  t.equal(world.orgs.acme.calls.revoke, 0)
  t.equal(world.orgs.acme.calls.logout, 0)
})

test('the session of a sign-in at an alias of the issuer is found as well', async (t) => {
  const alias = 'https://login.acme.example'
  const world = await startWorld(t, { settings, tenants: { acme: { issuer_aliases: [alias] } } })
  const { sid, isAlive } = await signInWithSid(world)
  t.equal((await ask(world, { iss: alias, sid })).status, 200)
  t.equal(await isAlive(), false)
})

test('whether there was a session is not told', async (t) => {
  const world = await startWorld(t, { settings })
  const { issuer: iss } = world.orgs.acme
  const { sid } = await signInWithSid(world)
  const [known, unknown] = [await ask(world, { iss, sid }), await ask(world, { iss, sid: 'made-up' })]
  t.equal(unknown.status, 200)
  t.equal(unknown.text(), known.text())
  t.same(Object.keys(unknown.headers).sort(), Object.keys(known.headers).sort())
})

test('what names no sign-in of this tenant is refused, and ends nothing', async (t) => {
  const world = await startWorld(t, { settings })
  const { issuer } = world.orgs.acme
  const { sid, isAlive } = await signInWithSid(world)
  for (const query of [
    `sid=${sid}`,
    `iss=${issuer}`,
    `iss=&sid=${sid}`,
    `iss=${issuer}&sid=`,
    `iss=${world.orgs.globex.issuer}&sid=${sid}`,
    `iss=${issuer}.evil.example&sid=${sid}`,
    `iss=${issuer}&sid=${sid}&sid=${sid}`,
    `iss=${issuer}&iss=${issuer}&sid=${sid}`,
  ]) {
    const answer = await ask(world, query)
    t.equal(answer.status, 400, query)
    t.match(answer.headers, { 'cache-control': 'no-store' })
    t.notMatch(answer.text(), sid)
  }
  const doubled = { method: 'POST', body: new URLSearchParams({ sid }) }
  t.equal((await ask(world, { iss: issuer, sid }, doubled)).status, 400, 'in the query and in the form')
  t.equal(await isAlive(), true)
  const west = await signInWithSid(world, 'west')
  t.equal((await ask(world, { iss: issuer, sid: west.sid })).status, 200)
  t.equal(await west.isAlive(), true, 'the second instance is another tenant')
})

test('a cookie goes with its session, and with no other', async (t) => {
  const world = await startWorld(t, { settings })
  const { issuer: iss } = world.orgs.acme
  const [one, two] = [await signInWithSid(world), await signInWithSid(world)]
  const go = ({ client }: typeof one, query: Record<string, string>, headers: object = iframe) =>
    client.get(`${world.url('acme', PATH)}?${new URLSearchParams(query)}`, { headers: { ...headers } })
  t.same((await go(one, { iss, sid: two.sid })).setCookies, [], "somebody else's sign-in")
  t.same([await one.isAlive(), await two.isAlive()], [true, false])
  t.match((await go(one, { iss, sid: one.sid })).setCookies, [/^doorward=; Max-Age=0; Path=\/;.*HttpOnly/])
  t.equal(await one.isAlive(), false)

  const three = await signInWithSid(world)
  // A frame of whoever, a link, an image: a cookie that comes along is nobody's wish.
  for (const headers of [
    {},
    ...['iframe', 'frame', 'document', 'image'].map((to) => ({ 'sec-fetch-dest': to })),
  ]) {
    t.match(await go(three, {}, headers), { status: 200, setCookies: [] })
    t.equal(await three.isAlive(), true, `${JSON.stringify(headers)} that names nobody signs nobody out`)
  }
})

test('a refusal and a failure can be seen in the frame too, also by a browser that does not say what it is', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const world = await startWorld(t, { settings: { ...settings, session: { store: redis.url, keys } } })
  const { issuer: iss } = world.orgs.acme
  const isFramable = ({ headers }: ClientResponse, what: string) => {
    t.match(headers, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }, what)
    t.match(headers['content-type'], /^text\/html/, what)
    t.notOk(headers['x-frame-options'], what)
    t.match(headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-/, what)
    t.notMatch(headers['content-security-policy'], 'frame-ancestors', what)
  }
  const named = { iss, sid: 'x' }
  for (const [what, status, query, options] of [
    ['half a name', 400, { iss }, {}],
    ['a foreign issuer', 400, { ...named, iss: 'https://evil.example' }, {}],
    ['too large a form', 413, {}, { method: 'POST', body: new URLSearchParams({ sid: 'x'.repeat(70_000) }) }],
  ] as const) {
    const answer = await ask(world, query, { ...options, headers: { accept: 'text/html' } })
    t.equal(answer.status, status, what)
    isFramable(answer, what)
  }
  const client = await world.client('acme')
  await redis.stop()
  const failed = await ask(world, named, { headers: { accept: 'text/html' } })
  t.equal(failed.status, 503)
  isFramable(failed, 'no store')
  const unread = await client.get(world.url('acme', PATH))
  t.equal(unread.status, 503)
  isFramable(unread, 'no store for the cookie')
  const json = await ask(world, named)
  t.match(json, { status: 503, headers: { 'cache-control': 'no-store' } })
  t.match(json.json(), { error: 'session_store_unavailable' })
  const other = await new Client().get(world.url('acme', '/oauth2/login?rd=//evil'))
  t.match(other.headers, { 'x-frame-options': 'DENY' }, 'no other page')
})
