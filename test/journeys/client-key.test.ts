import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { decodeProtectedHeader } from 'jose'
import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { startRedis } from '../fixtures/redis.js'
import { ALICE, startWorld, type World } from '../fixtures/world.js'

interface Published {
  readonly keys: { readonly kid: string; readonly kty: string }[]
}

const DAY = 86_400_000
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']

async function publishedBy(world: World, tenant: 'acme' | 'west' | 'globex' = 'acme'): Promise<Published> {
  return (await new Client().xhr(world.url(tenant, '/oauth2/jwks'))).json() as Published
}

/** Tells the org about the keys of Acme's client, as an administrator does with their address. */
async function register(world: World): Promise<Published> {
  const jwks = await publishedBy(world)
  await world.orgs.acme.addClient({
    client_id: '0oa-acme-0',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: jwks as never,
    redirect_uris: [world.url('acme', '/oauth2/callback')],
    post_logout_redirect_uris: [world.url('acme', '/oauth2/logout/callback')],
  })
  return jwks
}

const withKey = (client_key: unknown) => ({ acme: { client_secret: undefined, client_key } })

const kidsSent = (world: World, endpoint: 'token' | 'revoke' = 'token') =>
  world.orgs.acme.requests(endpoint).map(({ body }) => decodeProtectedHeader(body.client_assertion ?? '').kid)

test('a managed key is made at the first look, published, and signs every call of its client', async (t) => {
  const world = await startWorld(t, { tenants: withKey('managed') })
  const answer = await new Client().xhr(world.url('acme', '/oauth2/jwks'))
  t.equal(answer.status, 200)
  t.equal(answer.headers['cache-control'], 'public, max-age=300')
  t.match(answer.headers['content-type'], /^application\/jwk-set\+json/)
  t.same(answer.setCookies, [])
  const { keys } = await register(world)
  t.match(keys, [{ kty: 'RSA', alg: 'RS256', use: 'sig' }])
  t.notOk(keys.some((key) => PRIVATE.some((name) => name in key)))
  const client = await world.client('acme')
  t.equal((await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })).status, 200)
  await client.get(world.url('acme', '/oauth2/logout'), { headers: { 'sec-fetch-site': 'same-origin' } })
  await world.orgs.acme.calledTimes('revoke', 1)
  t.same([...kidsSent(world), ...kidsSent(world, 'revoke')], Array(3).fill(keys[0]?.kid))
  t.match(world.proxy.events('client.rotated'), [{ tenant: 'acme', reason: new RegExp(keys[0]?.kid ?? '') }])
  t.same(await publishedBy(world, 'west'), { keys: [] }, 'a tenant with a secret has none')
})

test('a managed key lives in Redis: sealed, over restarts, the same for every process, rotated over time', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  let now = Date.now()
  const session = { store: redis.url, keys: [randomBytes(32).toString('base64')] }
  const world = await startWorld(t, { settings: { session }, tenants: withKey('managed'), now: () => now })
  const first = await register(world)
  await world.restart()
  t.same(await publishedBy(world), first)
  await world.client('acme')
  t.same(kidsSent(world), [first.keys[0]?.kid])
  const stored = await redis.command('GET', 'doorward:client-key:acme')
  t.match(stored, /^[\w-]{1000,}$/)
  t.notMatch(stored, first.keys[0]?.kid)

  now += 83 * DAY
  const second = await publishedBy(world)
  t.match(second.keys, [{ kid: first.keys[0]?.kid }, { kty: 'RSA' }])
  t.equal(second.keys.length, 2)
  await world.restart()
  now += 7 * DAY
  t.same(await publishedBy(world), second)
  t.match(world.proxy.events('client.rotated'), [{ reason: new RegExp(second.keys[1]?.kid ?? '') }])
  now += DAY
  t.same(await publishedBy(world), { keys: [second.keys[1]] })
})

test('a key of the operator signs, and another one as soon as it is in the file', async (t) => {
  const make = () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  const file = `${t.testdir({ 'key.pem': make().toString() })}/key.pem`
  const world = await startWorld(t, { tenants: withKey({ file }) })
  const before = await register(world)
  await world.client('acme')
  writeFileSync(file, make())
  const after = await register(world)
  await world.client('acme')
  t.same(kidsSent(world), [before.keys[0]?.kid, after.keys[0]?.kid])
  t.not(before.keys[0]?.kid, after.keys[0]?.kid)
  t.equal(world.upstream.requests.at(-1)?.headers['x-forwarded-user'], ALICE.sub)
})
