import { test } from 'tap'
import { awakeTime } from '../fixtures/awake-time.js'
import { type RedisSentinels, startRedisSentinels } from '../fixtures/redis-sentinel.js'
import { until } from '../fixtures/until.js'
import { openRedis, redisContract, untilReady } from './redis-fixture.js'
import { startLoad } from './redis-load.js'

/** Milliseconds; more than it takes to end what is open, less than any bound that could be waited for. */
const PROMPT = 200
/** Milliseconds; so long that nothing fails for it but what is sent to a master that is gone. */
const PATIENCE = 2000

/** Ways for a master to go; each resolves when it has begun. */
const ENDS: { readonly [name: string]: (redis: RedisSentinels) => Promise<unknown> } = {
  'the master is changed by hand': (redis) => redis.failover(),
  // Longer than the sentinels wait, shorter than a connection does: it comes back and takes itself for the master.
  'the master freezes for a moment': async (redis) => {
    const master = await redis.master()
    master.pause()
    await redis.untilMasterIsNot(master)
    master.resume()
  },
  'the master freezes': async (redis) => (await redis.master()).pause(),
  'the master crashes': async (redis) => (await redis.master()).kill(),
}

test('redis+sentinel', async (t) => {
  const redis = await startRedisSentinels(t)
  if (!redis) return
  await t.test('keeps the contract of a store', (t) => redisContract(t, `${redis.url}?prefix=contract`))

  for (const [name, end] of Object.entries(ENDS)) {
    await t.test(`${name}: what was acknowledged is there, and all goes on by itself`, async (t) => {
      const { store, changes } = openRedis(t, redis.url, PATIENCE)
      const told: (string | undefined)[] = []
      store.onChange((key) => told.push(key))
      await until('it watches', () => store.isWatching())
      const load = await startLoad(t, store)
      await load.untilAllSucceed()
      t.equal(load.failures(), 0)
      const before = await redis.master()
      told.length = 0
      const begun = performance.now()
      await end(redis)
      await until('the loss is noticed', () => changes.includes('lost'))
      t.ok(told.includes(undefined), 'any record may have changed')
      const another = openRedis(t, redis.url, PATIENCE).store
      t.ok((await awakeTime(() => another.close())) < PROMPT, 'a store that finds no master can be closed')
      const master = await redis.untilMasterIsNot(before)
      t.comment(`${name}: another is master after ${Math.round(performance.now() - begun)} ms`)
      await load.untilAllSucceed()
      t.comment(`${name}: all succeed after ${Math.round(performance.now() - begun)} ms`)
      await until('it watches', () => store.isWatching())
      await load.end()
      t.same(changes, ['lost', 'restored'])
      await store.set('where', 'x', 1000)
      t.equal(await master.command('EXISTS', 'doorward:where'), 1)
      before.resume()
    })
  }

  await t.test('one sentinel that answers is enough to connect, and none to stay connected', async (t) => {
    const [first, second, third] = redis.sentinels
    first?.pause()
    await second?.kill()
    const { store, changes } = openRedis(t, redis.url)
    await untilReady(store)
    await third?.kill()
    await until('it watches', () => store.isWatching())
    await store.set('a', 'x', 1000)
    t.equal(await store.get('a'), 'x')
    t.same(changes, [])
    first?.resume()
  })
})
