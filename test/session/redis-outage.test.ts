import { inspect } from 'node:util'
import { test } from 'tap'
import { startRedis } from '../fixtures/redis.js'
import { until } from '../fixtures/until.js'
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

test('a Redis that keeps its records on disk has them when it is back', async (t) => {
  const redis = await startRedis(t, { persistent: true })
  if (!redis) return
  const { store, changes } = openRedis(t, redis.url)
  await untilReady(store)
  await store.set('a', 'x', LONG)
  await store.include('set', 'a', LONG)
  await redis.kill()
  await redis.restart()
  await until('it is found', () => changes.includes('restored'))
  t.equal(await store.get('a'), 'x')
  t.same(await store.members('set'), ['a'])
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

test('a Redis that stays silent is given up at once, and found when it speaks', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store, changes } = openRedis(t, redis.url)
  const told: (string | undefined)[] = []
  store.onChange((key) => told.push(key))
  await until('it watches', () => store.isWatching())
  await store.set('a', 'x', LONG)
  told.length = 0
  redis.pause()
  await until('it does not watch', () => !store.isWatching())
  t.same(changes, [], 'which is known before it counts as lost')
  await until('it counts as lost', () => changes.includes('lost'))
  for (const [name, operation] of Object.entries(operations(store)))
    await t.rejects(operation(), { ...UNAVAILABLE, reason: 'session store: not connected' }, name)
  t.same(told, [undefined])
  redis.resume()
  await until('it watches', () => store.isWatching())
  t.equal(await store.get('a'), 'x')
  t.same(changes, ['lost', 'restored'])
  t.same(told, [undefined, undefined])
})

test('a process that was busy itself does not take its Redis for silent', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store, changes } = openRedis(t, redis.url)
  await until('it watches', () => store.isWatching())
  const end = performance.now() + 4000
  while (performance.now() < end);
  t.notOk(store.isWatching(), 'what it has not read yet is not known to it')
  await until('it watches', () => store.isWatching())
  t.same(changes, [])
})

// A question is sent at the end of its turn: after a pause of the process the deadline passed before anybody could answer.
test('an operation that waits for this process itself is not late', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store } = openRedis(t, redis.url, DEADLINE)
  await untilReady(store)
  await store.set('a', 'x', LONG)
  for (const round of [1, 2, 3]) {
    const reading = store.get('a')
    const end = performance.now() + 2 * DEADLINE
    while (performance.now() < end);
    t.equal(await reading, 'x', `${round}`)
  }
})

test('a Redis that has become a replica is left, and found when it is a master again', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store, changes } = openRedis(t, redis.url)
  const writes = Object.entries(operations(store)).filter(([name]) => /^(set|add|include)/.test(name))
  for (const [name, write] of writes) {
    await until('it watches', () => store.isWatching())
    await redis.command('REPLICAOF', '127.0.0.1', '1')
    const before = changes.length
    await t.rejects(write(), UNAVAILABLE, name)
    await redis.command('REPLICAOF', 'NO', 'ONE')
    await until('it connects anew', () => changes.length === before + 2)
    await t.resolves(write(), name)
  }
  t.same(
    changes,
    writes.flatMap(() => ['lost', 'restored']),
  )
})

test('a Redis that is emptied tells that every record may have changed', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store, changes } = openRedis(t, redis.url)
  await untilReady(store)
  const told: (string | undefined)[] = []
  store.onChange((key) => told.push(key))
  await store.set('a', 'x', LONG)
  await store.get('a')
  await redis.command('FLUSHALL')
  await until('it is told', () => told.includes(undefined))
  t.same(changes, [])
})
