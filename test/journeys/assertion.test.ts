import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { Client } from '../fixtures/client.js'
import { startProxy } from '../fixtures/proxy.js'
import { startRedis } from '../fixtures/redis.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { ALICE, startWorld, type TenantName, type World } from '../fixtures/world.js'

const MINUTE = 60_000
const SIGNED = { 'X-Who': '$assertion', Authorization: 'Bearer $assertion' }

async function publishedAt(world: World, tenant: TenantName): Promise<JSONWebKeySet> {
  return (await new Client().xhr(world.url(tenant, '/oauth2/jwks'))).json() as JSONWebKeySet
}

/** What the app does: the claims, or the code of what is wrong. */
function verify(
  world: World,
  jwt: unknown,
  jwks: JSONWebKeySet,
  tenant: TenantName = 'acme',
  now = Date.now(),
) {
  const options = {
    issuer: world.url(tenant, ''),
    audience: world.upstream.url,
    algorithms: ['EdDSA', 'RS256'],
    currentDate: new Date(now),
  }
  return jwtVerify(String(jwt), createLocalJWKSet(jwks), options).then(
    ({ payload }) => payload,
    (error) => error.code,
  )
}

async function received(world: World, client: Client, tenant: TenantName = 'acme', headers = {}) {
  const { status } = await client.xhr(world.url(tenant, '/echo'), { headers })
  if (status !== 200) throw new Error(`answered with ${status}`)
  return world.upstream.requests.at(-1)?.headers ?? {}
}

test('an app can trust the assertion alone', async (t) => {
  const signed = { headers: SIGNED }
  const world = await startWorld(t, {
    tenants: { acme: signed, globex: { ...signed, assertion_signing_alg: 'RS256' } },
  })
  const client = await world.client('acme')
  const jwks = await publishedAt(world, 'acme')

  await t.test('it says who is signed in, and verifies with the keys of the tenant', async (t) => {
    const { 'x-who': jwt, authorization } = await received(world, client)
    t.equal(authorization, `Bearer ${jwt}`)
    const { sub, email, name, groups } = ALICE
    t.match(await verify(world, jwt, jwks), { sub, email, name, groups, tenant: 'acme' })
    t.match(decodeProtectedHeader(jwt ?? ''), { alg: 'EdDSA', typ: 'JWT', kid: jwks.keys[0]?.kid })
    t.equal((await received(world, client))['x-who'], jwt, 'the same one for some time')
    t.match(world.proxy.events('assertion.rotated'), [{ tenant: 'acme' }], 'told once')
  })

  await t.test('a WebSocket has it too', async (t) => {
    const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
    const headers = { host: 'acme.localhost', cookie, 'x-who': 'spoofed' }
    const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, { headers })
    const [hello] = await once(socket, 'message')
    socket.terminate()
    const { 'x-who': jwt, authorization } = JSON.parse(String(hello))
    t.equal(authorization, `Bearer ${jwt}`)
    t.match(await verify(world, jwt, jwks), { sub: ALICE.sub, tenant: 'acme' })
  })

  await t.test('what a client sends in its place never arrives', async (t) => {
    const spoofed = {
      'x-who': 'spoofed',
      x_who: 'spoofed',
      'X.Who': 'spoofed',
      authorization: 'Bearer spoofed',
    }
    const headers = await received(world, client, 'acme', spoofed)
    t.notMatch(JSON.stringify(headers), 'spoofed')
    t.match(await verify(world, headers['x-who'], jwks), { sub: ALICE.sub })
  })

  await t.test("it is for one upstream and one tenant, whose keys are nobody else's", async (t) => {
    const { 'x-who': mine } = await received(world, client)
    const { 'x-who': theirs } = await received(world, await world.client('globex'), 'globex')
    const other = await publishedAt(world, 'globex')
    t.equal(decodeProtectedHeader(theirs ?? '').alg, 'RS256')
    t.match(await verify(world, theirs, other, 'globex'), { tenant: 'globex' })
    t.equal(await verify(world, mine, other), 'ERR_JWKS_NO_MATCHING_KEY')
    t.equal(await verify(world, theirs, jwks), 'ERR_JWKS_NO_MATCHING_KEY')
    const both = { keys: [...jwks.keys, ...other.keys] }
    t.equal(await verify(world, theirs, both), 'ERR_JWT_CLAIM_VALIDATION_FAILED', 'another iss')
    const elsewhere = { ...world, upstream: { ...world.upstream, url: 'http://127.0.0.1:4000' } }
    t.equal(await verify(elsewhere, mine, jwks), 'ERR_JWT_CLAIM_VALIDATION_FAILED', 'another aud')
    t.equal(await verify(world, mine, jwks, 'acme', Date.now() + MINUTE), 'ERR_JWT_EXPIRED')
    const expected = {
      OKP: ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
      RSA: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
    }
    for (const key of both.keys) t.same(Object.keys(key).sort(), expected[key.kty as 'OKP' | 'RSA'])
    t.same(await publishedAt(world, 'west'), { keys: [] }, 'who names no assertion has no keys')
  })

  await t.test('changed claims are in the next one at once', async (t) => {
    const [alice] = world.orgs.acme.users
    if (alice) alice.groups = ['interns']
    await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })
    const { 'x-who': jwt } = await received(world, client)
    t.match(await verify(world, jwt, jwks), { sub: ALICE.sub, groups: ['interns'] })
  })

  await t.test('nothing is forwarded without a session', async (t) => {
    const before = world.upstream.requests.length
    const headers = { 'x-who': 'spoofed', authorization: 'Bearer spoofed' }
    t.equal((await new Client().xhr(world.url('acme', '/echo'), { headers })).status, 401)
    t.equal(world.upstream.requests.length, before)
  })
})

test('processes on one Redis sign with one key, which is sealed there; another algorithm comes in without a gap', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  let now = Date.now()
  const session = { store: redis.url, keys: [randomBytes(32).toString('base64')] }
  const settings = { session, headers: SIGNED }
  const world = await startWorld(t, { settings, now: () => now })
  const client = await world.client('acme')
  const { origin, host, hostname } = new URL(world.url('acme'))
  const startOther = async (alg: string) => {
    const { issuer } = world.orgs.acme
    const registration = { client_id: '0oa-acme-0', client_secret: 'acme-0_secret' }
    const tenants = [{ id: 'acme', origins: [origin], issuer, ...registration, assertion_signing_alg: alg }]
    const port = await reservePort()
    await startProxy(t, {
      port,
      settings: { ...settings, upstream: world.upstream.url, tenants },
      now: () => now,
    })
    const copy = new Client({ resolve: { [hostname]: port } })
    copy.setCookie(host, 'doorward', client.cookies(host).doorward ?? '')
    return {
      sign: async () => (await received(world, copy))['x-who'],
      published: async () => (await copy.xhr(world.url('acme', '/oauth2/jwks'))).json() as JSONWebKeySet,
    }
  }
  const twin = await startOther('EdDSA')
  const jwks = await publishedAt(world, 'acme')
  t.same(await twin.published(), jwks)
  const kidOf = (jwt: string | undefined) => decodeProtectedHeader(jwt ?? '').kid
  t.equal(kidOf(await twin.sign()), jwks.keys[0]?.kid)
  t.equal(kidOf((await received(world, client))['x-who']), jwks.keys[0]?.kid)
  t.match(await verify(world, await twin.sign(), jwks, 'acme', now), { sub: ALICE.sub })

  const stored = await redis.command<string>('GET', 'doorward:assertion-key:acme')
  t.match(stored, /^[\w-]{200,}$/)
  for (const reading of [stored, Buffer.from(stored, 'base64url').toString('latin1')])
    t.notMatch(reading, /Ed25519|kid|"d"/)

  await world.proxy.stop()
  const next = await startOther('RS256')
  const known = await next.published()
  t.match(
    known.keys.map(({ alg }) => alg),
    ['EdDSA', 'RS256'],
  )
  const before = await next.sign()
  t.equal(kidOf(before), jwks.keys[0]?.kid, 'nobody has seen the new key yet')
  now += 15 * MINUTE
  const after = await next.sign()
  t.equal(kidOf(after), known.keys[1]?.kid)
  t.match(await verify(world, after, known, 'acme', now), { sub: ALICE.sub })
  t.match(await verify(world, before, await next.published(), 'acme', now - 15 * MINUTE), { sub: ALICE.sub })
})

test('while the store does not give the key the answer is 503, and nothing is forwarded without it', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const session = { store: redis.url, keys: [randomBytes(32).toString('base64')] }
  const world = await startWorld(t, { settings: { session, headers: SIGNED } })
  const allow = (pattern: string) => redis.command('ACL', 'SETUSER', 'default', 'resetkeys', pattern)
  // Everything but the record of the key.
  await allow('~doorward:[^a]*')
  const client = new Client()
  const page = await client.get(world.url('acme'), { redirect: 'follow' })
  t.match(page, { url: world.url('acme'), status: 503, headers: { 'retry-after': '5' } })
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  const headers = { host: 'acme.localhost', cookie }
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, { headers })
  const [error] = await once(socket, 'error')
  t.match(error, { message: /503/ })
  t.equal((await client.xhr(world.url('acme', '/oauth2/jwks'))).status, 503, 'an empty set would be kept')
  t.same(world.upstream.requests, [])
  await allow('~*')
  const jwt = (await received(world, client))['x-who']
  t.match(await verify(world, jwt, await publishedAt(world, 'acme')), { sub: ALICE.sub })
})
