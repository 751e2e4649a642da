import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { test } from 'tap'
import { createAssertionCache } from '../../src/assertion/assertion-cache.js'
import { createAssertions, createSharedCache } from '../../src/assertion/assertions.js'
import type { Claim } from '../../src/identity.js'
import { createManagedKeys, type KeyRingRecord } from '../../src/keys/managed-keys.js'

const BORN = 1_800_000_000_000
const APP = 'http://127.0.0.1:3000'

/** A tenant's assertions, with keys in memory and a clock that the test moves. */
function start(
  id = 'acme',
  cache?: ReturnType<typeof createSharedCache>,
  origins = [`https://${id}.example.com`, 'https://second.example.com'],
) {
  const clock = { now: BORN }
  const now = () => clock.now
  const calls = { signed: 0, isAway: false }
  let stored: { text: string; version: string } | undefined
  const record: KeyRingRecord = {
    read: async () => stored,
    async write(text, version) {
      if (stored?.version !== version) return false
      stored = { text, version: `${Number(version ?? 0) + 1}` }
      return true
    },
  }
  const managed = createManagedKeys({ record, alg: 'EdDSA', now, rotated() {} })
  const keys = {
    ...managed,
    async signing() {
      calls.signed += 1
      if (calls.isAway) throw new Error('the store is away')
      return managed.signing()
    },
  }
  const assertions = createAssertions({ id, origins }, { keys, cache: cache ?? createSharedCache(now), now })
  const issue = (claims: Record<string, Claim> = {}, version = 'v1', audience = APP) =>
    assertions.issue({ identity: { sub: '00u1', claims: { sub: '00u1', ...claims } }, version }, audience)
  const verify = async (jwt: string): Promise<JWTPayload> => {
    const jwks = createLocalJWKSet({ keys: [...(await assertions.publishedKeys())] })
    const options = { issuer: origins[0] ?? '', audience: APP, currentDate: new Date(clock.now), typ: 'JWT' }
    return (await jwtVerify(jwt, jwks, options)).payload
  }
  return { issue, verify, clock, calls }
}

test('it says who is signed in where, for which upstream, and for how long, and nothing else', async (t) => {
  const { issue, verify } = start()
  const claims = {
    email: 'alice@acme.example',
    email_verified: true,
    name: 'Zoë "Z" Ünal',
    preferred_username: 'alice',
    groups: ['admins', 'a,b'],
  }
  const registered = { iss: 'https://acme.example.com', aud: APP, sub: '00u1' }
  const times = { iat: BORN / 1000, exp: BORN / 1000 + 60 }
  t.same(await verify(await issue({ ...claims, phone_number: '+1', sid: 'S', address: {} })), {
    ...registered,
    ...times,
    ...claims,
    tenant: 'acme',
  })
})

test('a provider cannot say what only Doorward says, nor bring a claim in another type', async (t) => {
  const { issue, verify } = start()
  const table: [claims: Record<string, Claim>, said: JWTPayload][] = [
    [
      { iss: 'https://evil', aud: 'x', exp: 9e9, nbf: 9e9, iat: 1, jti: 'j', tenant: 'globex', sub: 'root' },
      {},
    ],
    [{ email: ['a@acme.example'], email_verified: 'false', name: { a: 1 }, preferred_username: 7 }, {}],
    [{ email: null, email_verified: 1, name: true, groups: null }, {}],
    [{ groups: 'admins' }, { groups: ['admins'] }],
    [{ groups: ['a', 1, null, ['b'], { c: 1 }, 'd'] }, { groups: ['a', 'd'] }],
    [{ groups: [] }, {}],
    [{ email: 'x@y\r\nX-Forwarded-User: root' }, { email: 'x@y\r\nX-Forwarded-User: root' }],
  ]
  for (const [index, [claims, said]] of table.entries()) {
    const { iss, aud, sub, iat, exp, tenant, ...others } = await verify(await issue(claims, `v${index}`))
    t.same({ iss, sub, tenant }, { iss: 'https://acme.example.com', sub: '00u1', tenant: 'acme' })
    t.same([aud, iat, exp], [APP, BORN / 1000, BORN / 1000 + 60])
    t.same(others, said)
  }
})

test('one is signed for everybody who asks, and again before it gets old: never above a minute, never below twenty seconds', async (t) => {
  const { issue, verify, clock, calls } = start()
  const all = await Promise.all(Array.from({ length: 100 }, () => issue()))
  t.equal(new Set(all).size, 1)
  t.equal(calls.signed, 1)
  const lefts: number[] = []
  for (let step = 0; step < 300; step += 1) {
    clock.now += 437
    const { exp = 0 } = await verify(await issue())
    lefts.push(exp - clock.now / 1000)
  }
  t.ok(Math.max(...lefts) <= 60, `${Math.max(...lefts)}`)
  t.ok(Math.min(...lefts) > 19, `${Math.min(...lefts)}`)
  t.equal(calls.signed, 4, 'in 131 seconds')
})

test('a clock that is set back makes no assertion that lives longer', async (t) => {
  const { issue, verify, clock, calls } = start()
  await issue()
  clock.now -= 3_600_000
  const { exp = 0 } = await verify(await issue())
  t.ok(exp - clock.now / 1000 <= 60)
  t.equal(calls.signed, 2)
})

test('another version of the session, another upstream and another tenant have assertions of their own', async (t) => {
  const cache = createSharedCache(() => BORN)
  const [acme, globex] = [start('acme', cache), start('globex', cache)]
  const jwts = await Promise.all([
    acme.issue({ groups: ['admins'] }),
    acme.issue({ groups: [] }, 'v2'),
    acme.issue({ groups: ['admins'] }, 'v1', 'http://127.0.0.1:4000'),
    globex.issue({ groups: ['admins'] }),
  ])
  t.equal(new Set(jwts).size, 4)
  t.equal((await acme.verify(jwts[1] ?? '')).groups, undefined)
  await t.rejects(acme.verify(jwts[2] ?? ''), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud' })
  await t.rejects(acme.verify(jwts[3] ?? ''), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  t.equal(await acme.issue({}, 'v1'), jwts[0], 'within the version nothing is signed anew')
})

test('without a key there is no assertion, and the next request tries again', async (t) => {
  const { issue, verify, calls, clock } = start()
  calls.isAway = true
  await t.rejects(Promise.all([issue(), issue()]), { message: 'the store is away' })
  calls.isAway = false
  await t.resolves(issue().then(verify))
  calls.isAway = true
  await t.resolves(issue(), 'what was signed is good while it lasts')
  clock.now += 40_000
  await t.rejects(issue(), { message: 'the store is away' })
})

test('the cache is bounded by what it holds, forgets what is old, and lets the oldest go first', async (t) => {
  let now = BORN
  const cache = createAssertionCache({ now: () => now, longestAge: 1000, capacity: 1000 })
  for (let index = 0; index < 1000; index += 1) cache.keep(`n${index}`, 'x'.repeat(95), now)
  t.ok(cache.size <= 1000, `${cache.size}`)
  t.equal(cache.find('n0'), undefined)
  t.equal(cache.find('n999'), 'x'.repeat(95))
  cache.keep('n999', 'y', now)
  t.equal(cache.find('n999'), 'y')
  now += 1000
  t.equal(cache.find('n999'), undefined)
  cache.keep('young', 'z', now)
  t.equal(cache.size, 6, 'the old ones are gone')
  cache.keep('huge', 'z'.repeat(2000), now)
  t.equal(cache.size, 0, 'what does not fit is not kept')
  t.equal(cache.find('huge'), undefined)
})

test('one that was made before the tenant had another canonical origin is not used on', async (t) => {
  const cache = createSharedCache(() => BORN)
  const before = start('acme', cache)
  await before.verify(await before.issue())
  const after = start('acme', cache, ['https://new.example.com'])
  t.equal((await after.verify(await after.issue())).iss, 'https://new.example.com')
})
