import { test } from 'tap'
import { startRedis } from '../fixtures/redis.js'
import { LONG, openRedis, untilReady } from './redis-fixture.js'
import { storeContract } from './store-contract.js'

test('redis: keeps the contract of a store', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store } = openRedis(t, redis.url)
  await untilReady(store)
  await storeContract(t, store)
})

test('two processes on one Redis see one store', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const [one, two] = [openRedis(t, redis.url).store, openRedis(t, redis.url).store]
  await Promise.all([untilReady(one), untilReady(two)])
  await one.set('a', 'x', LONG)
  t.equal(await two.get('a'), 'x')
  const claims = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? one : two).add('b', LONG)))
  t.equal(claims.filter(Boolean).length, 1)
  await two.delete('a')
  t.equal(await one.replace('a', 'y', LONG), false)
})
