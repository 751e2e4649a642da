import { inspect } from 'node:util'
import { test } from 'tap'
import { startRedis } from '../fixtures/redis.js'
import { DEADLINE, openRedis, operations, UNAVAILABLE, untilReady } from './redis-fixture.js'
import { LONG } from './store-fixture.js'

test('a Redis that was killed is unavailable, never empty, and is found again', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store, changes } = openRedis(t, redis.url)
  await untilReady(store)
  for (const round of [1, 2]) {
    await store.set('a', 'x', LONG)
    await redis.kill()
    for (const [name, operation] of Object.entries(operations(store)))
      await t.rejects(operation(), UNAVAILABLE, name)
    await redis.restart()
    await untilReady(store)
    t.equal(await store.get('a'), undefined, 'this Redis came back empty')
    t.same(changes, Array(round).fill(['lost', 'restored']).flat(), 'each change is told once')
  }
})

test('a Redis that does not answer is unavailable at the deadline, never empty', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store } = openRedis(t, redis.url, DEADLINE)
  await untilReady(store)
  await store.set('a', 'x', LONG)
  redis.pause()
  const late = { ...UNAVAILABLE, reason: `session store: no answer within ${DEADLINE} ms` }
  const waiting = Object.entries(operations(store)).filter(([name]) => name !== 'set' && name !== 'delete')
  await Promise.all(waiting.map(([name, operation]) => t.rejects(operation(), late, name)))
  redis.resume()
  await untilReady(store)
  t.ok(await store.get('a'), 'what it held is still there')
})

test('a Redis that is not there yet is unavailable, and found when it comes', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  await redis.stop()
  const { store, errors } = openRedis(t, redis.url, DEADLINE)
  for (const [name, operation] of Object.entries(operations(store)))
    await t.rejects(operation(), UNAVAILABLE, name)
  await redis.restart()
  await untilReady(store)
  t.equal(await store.get('a'), undefined)
  t.ok(errors.length <= 1)
})

test('no error of the connection tells the password', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const url = redis.url.replace('redis://', 'redis://doorward:p%40ss-w0rd@')
  const seen: unknown[] = []
  for (const stopped of [false, true]) {
    if (stopped) await redis.stop()
    const { store, errors } = openRedis(t, url, DEADLINE)
    for (const operation of Object.values(operations(store))) {
      seen.push(
        await operation().then(
          () => t.fail('it must not answer'),
          (error: unknown) => error,
        ),
      )
    }
    while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    seen.push(...errors)
  }
  t.notMatch(inspect(seen, { depth: 10, showHidden: true }), /p@ss-w0rd|p%40ss-w0rd/)
})
