import { test } from 'tap'
import { awakeTime } from '../fixtures/awake-time.js'
import { startRedisCluster } from '../fixtures/redis-cluster.js'
import type { RedisProcess } from '../fixtures/redis-process.js'
import { until } from '../fixtures/until.js'
import { openRedis, redisContract } from './redis-fixture.js'
import { KEYS, startLoad } from './redis-load.js'

/** Milliseconds; more than it takes to end what is open, less than any bound that could be waited for. */
const PROMPT = 200
/** Milliseconds; so long that nothing fails for it but what is sent to a master that is gone. */
const PATIENCE = 10_000

/** The keys of a load that a master serves. */
async function keysOf({ command }: RedisProcess): Promise<Set<string>> {
  const [id, slots] = [await command('CLUSTER', 'MYID'), await command<SlotRange[]>('CLUSTER', 'SLOTS')]
  const own = slots.filter(([, , [, , master]]) => master === id)
  const isOwn = async (key: string) => {
    const slot = await command<number>('CLUSTER', 'KEYSLOT', `doorward:${key}`)
    return own.some(([from, to]) => slot >= from && slot <= to)
  }
  const found = await Promise.all(KEYS.map(async (key) => ((await isOwn(key)) ? [key] : [])))
  return new Set(found.flat())
}

type SlotRange = [from: number, to: number, master: [host: string, port: number, id: string]]

test('redis+cluster', async (t) => {
  const redis = await startRedisCluster(t)
  if (!redis) return
  const [first, second, third] = redis.masters
  const [ofFirst, ofSecond, ofThird] = redis.replicas
  if (!first || !second || !third || !ofFirst || !ofSecond || !ofThird) throw new Error('not six nodes')
  await t.test('keeps the contract of a store', (t) => redisContract(t, `${redis.url}?prefix=contract`))

  /** Each takes the place of `before` away from it, which `after` gets. */
  const ends: { name: string; before: RedisProcess; after: RedisProcess; end: () => unknown }[] = [
    { name: 'a master crashes', before: first, after: ofFirst, end: () => first.kill() },
    { name: 'a master freezes', before: second, after: ofSecond, end: () => second.pause() },
  ]
  for (const { name, before, after, end } of ends) {
    await t.test(`${name}: the other slots go on, and its own when it is replaced`, async (t) => {
      const { store, changes } = openRedis(t, redis.url, PATIENCE)
      const { store: ofOneSeed } = openRedis(t, `redis+cluster://127.0.0.1:${before.port}`, PATIENCE)
      const told: (string | undefined)[] = []
      store.onChange((key) => told.push(key))
      await until('they watch', () => store.isWatching() && ofOneSeed.isWatching())
      const [load, loadOfOneSeed] = [await startLoad(t, store), await startLoad(t, ofOneSeed)]
      await load.untilAllSucceed()
      t.equal(load.failures(), 0)
      const lost = await keysOf(before)
      told.length = 0
      const begun = performance.now()
      await end()
      await until('the loss is noticed', () => changes.includes('lost'))
      t.notOk(store.isWatching())
      t.ok(told.includes(undefined), 'any record may have changed')
      const another = openRedis(t, redis.url, PATIENCE).store
      t.ok((await awakeTime(() => another.close())) < PROMPT, 'a store that misses a node can be closed')
      await redis.untilMaster(after)
      t.comment(`${name}: it is replaced after ${Math.round(performance.now() - begun)} ms`)
      await load.untilAllSucceed()
      t.comment(`${name}: all succeed after ${Math.round(performance.now() - begun)} ms`)
      await loadOfOneSeed.untilAllSucceed()
      await until('they watch', () => store.isWatching() && ofOneSeed.isWatching())
      await Promise.all([load.end(), loadOfOneSeed.end()])
      t.ok(load.failures((key) => lost.has(key)) > 0)
      t.equal(
        load.failures((key) => !lost.has(key)),
        0,
        'nothing else has failed',
      )
      t.same(changes, ['lost', 'restored'])
    })
  }

  await t.test('a master that is changed by hand is followed, and its changes are told', async (t) => {
    const [{ store, changes }, other] = [openRedis(t, redis.url), openRedis(t, redis.url)]
    const told: (string | undefined)[] = []
    store.onChange((key) => told.push(key))
    await until('they watch', () => store.isWatching() && other.store.isWatching())
    const load = await startLoad(t, store)
    await load.untilAllSucceed()
    const moved = await keysOf(third)
    told.length = 0
    await ofThird.command('CLUSTER', 'FAILOVER')
    await redis.untilMaster(ofThird)
    await load.untilAllSucceed()
    await load.end()
    t.ok(told.includes(undefined), 'of what was read before, any may have changed')
    await until('they watch', () => store.isWatching() && other.store.isWatching())
    for (const key of moved) await store.get(key)
    for (const key of moved) await other.store.delete(key)
    await until('all are told', () => [...moved].every((key) => told.includes(key)))
    t.same(changes, [], 'no connection was lost')
  })
})
