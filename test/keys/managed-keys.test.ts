import { randomBytes } from 'node:crypto'
import { type Test, test } from 'tap'
import { parseStoreLocation, type StoreLocation } from '../../src/config/session-store.js'
import type { RingAlg } from '../../src/keys/key-ring.js'
import { createManagedKeys } from '../../src/keys/managed-keys.js'
import { createSealer } from '../../src/sealer.js'
import { openStore } from '../../src/session/open-store.js'
import { openSealedRecord } from '../../src/session/sealed-record.js'
import { startRedis } from '../fixtures/redis.js'
import { until } from '../fixtures/until.js'

const DAY = 86_400_000
const BORN = 1_800_000_000_000

/** Some replicas over one store, whose clock the test moves. */
function startReplicas(
  t: Pick<Test, 'teardown'>,
  count: number,
  location: StoreLocation = { kind: 'memory' },
) {
  let now = BORN
  const store = openStore(location, { now: () => now, report: { lost() {}, restored() {} } })
  t.teardown(() => store.close())
  const sealer = createSealer([randomBytes(32)])
  const rotated: string[] = []
  const calls = { reads: 0, isDown: false }
  const start = (tenant = 'acme', alg: RingAlg = 'RS256') => {
    const sealed = openSealedRecord({ store, sealer, purpose: 'client-key', tenant, ttl: 365 * DAY })
    const record = {
      ...sealed,
      async read() {
        calls.reads += 1
        if (calls.isDown) throw new Error('the store is away')
        return sealed.read()
      },
    }
    return createManagedKeys({ record, alg, now: () => now, rotated: (kid) => rotated.push(kid) })
  }
  return {
    store,
    start,
    replicas: Array.from({ length: count }, () => start()),
    rotated,
    calls,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

const kidsOf = (keys: readonly { kid?: string | undefined }[]) => keys.map(({ kid }) => kid)

test('replicas that start together agree on one key, which is told once', async (t) => {
  const { replicas, rotated } = startReplicas(t, 4)
  const signing = await Promise.all(replicas.map((keys) => keys.signing()))
  const published = await Promise.all(replicas.map((keys) => keys.published()))
  t.equal(new Set(signing.flatMap(kidsOf)).size, 1)
  t.same(published, Array(4).fill(published[0]))
  t.same(rotated, kidsOf(signing[0] ?? []))
  t.match(published[0], [{ kty: 'RSA', alg: 'RS256', use: 'sig', e: 'AQAB' }])
  t.notOk(published.flat().some((jwk) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].some((name) => name in jwk)))
})

test('replicas that start together on Redis agree on one key', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store, replicas, rotated } = startReplicas(t, 8, parseStoreLocation(redis.url) as StoreLocation)
  await until('the store answers', () => store.ping().then(() => true))
  const signing = await Promise.all(replicas.map((keys) => keys.signing()))
  t.equal(new Set(signing.flatMap(kidsOf)).size, 1)
  t.equal(rotated.length, 1)
})

test('they rotate together: published on both, signed with by both, told once', async (t) => {
  const { replicas, rotated, pass } = startReplicas(t, 2)
  const [one, two] = replicas
  const look = async () => ({
    signing: [kidsOf((await one?.signing()) ?? []), kidsOf((await two?.signing()) ?? [])],
    published: [kidsOf((await one?.published()) ?? []), kidsOf((await two?.published()) ?? [])],
  })
  const [a] = kidsOf((await one?.signing()) ?? [])
  pass(83 * DAY)
  await look()
  pass(60_000)
  const announced = await look()
  const b = announced.published[0]?.[1]
  t.same(announced, {
    signing: [[a], [a]],
    published: [
      [a, b],
      [a, b],
    ],
  })
  pass(7 * DAY)
  await look()
  pass(60_000)
  t.same(await look(), {
    signing: [
      [b, a],
      [b, a],
    ],
    published: [
      [a, b],
      [a, b],
    ],
  })
  pass(DAY)
  await look()
  pass(60_000)
  t.same(await look(), { signing: [[b], [b]], published: [[b], [b]] })
  t.same(rotated, [a, b])
})

test('a replica that starts later, or again, signs with the same key; another tenant does not', async (t) => {
  const { start } = startReplicas(t, 0)
  const [before] = await start().signing()
  const [after] = await start().signing()
  const [other] = await start('globex').signing()
  t.equal(after?.kid, before?.kid)
  t.ok(after && before?.key.equals(after.key))
  t.not(other?.kid, before?.kid)
})

test('the store is asked once a minute, and a store that is away leaves the known keys good', async (t) => {
  const { start, calls, pass } = startReplicas(t, 0)
  const keys = start()
  calls.isDown = true
  await t.rejects(keys.signing(), { message: 'the store is away' })
  calls.isDown = false
  const [key] = await keys.signing()
  const { reads } = calls
  await Promise.all(Array.from({ length: 20 }, () => keys.published()))
  t.equal(calls.reads, reads)
  calls.isDown = true
  pass(60_000)
  const all = await Promise.all(Array.from({ length: 20 }, () => keys.signing()))
  t.ok(all.every(([same]) => same === key))
  await keys.signing()
  t.equal(calls.reads, reads + 1, 'and it is left alone for a minute')
})

test('what is in use lives on in the store', async (t) => {
  const { start, store, pass } = startReplicas(t, 0)
  const [first] = await start().signing()
  for (let month = 0; month < 2; month += 1) {
    pass(31 * DAY)
    const [same] = await start().signing()
    t.equal(same?.kid, first?.kid)
    t.equal(await store.timeLeft('client-key:acme'), 365 * DAY)
  }
})

test('a record that the store has lost is written back by who still holds its keys', async (t) => {
  const { replicas, start, store, rotated, pass } = startReplicas(t, 2)
  const sign = () => Promise.all(replicas.map(async (keys) => kidsOf(await keys.signing())))
  const before = await sign()
  await store.delete('client-key:acme')
  pass(60_000)
  t.same([...(await sign()), kidsOf(await start().signing())], [...before, rotated])
})

test('a change of the algorithm keeps what was signed verifiable, and is followed by all', async (t) => {
  const { start, rotated, pass } = startReplicas(t, 0)
  const old = start('acme', 'RS256')
  const [before] = await old.signing()
  const next = start('acme', 'EdDSA')
  t.same(kidsOf(await next.signing()), [before?.kid], 'it is not known yet')
  t.match(await next.published(), [{ kty: 'RSA' }, { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' }])
  t.notOk((await next.published()).some((jwk) => 'd' in jwk))
  pass(15 * 60_000)
  const [after] = await next.signing()
  t.equal(after?.alg, 'EdDSA')
  t.same(kidsOf(await next.published()), [before?.kid, after?.kid])
  t.same(rotated, [before?.kid, after?.kid])
})
