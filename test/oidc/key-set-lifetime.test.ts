import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'tap'
import { awakeTime } from '../fixtures/awake-time.js'
import { PATIENCE, startKeys } from './key-set-fixture.js'
import { json } from './tiny-provider.js'

const MINUTE = 60_000
const NO_KEY = { code: 'ERR_JWKS_NO_MATCHING_KEY' }

test('keys are used for as long as the provider says, and asked for ahead of the end by who uses them', async (t) => {
  const keys = await startKeys(t, { published: { a: 'ES256', b: 'ES256' } })
  const { verify, sign, pass, publish, calls, called } = keys
  await publish(['a'], { 'cache-control': 'max-age=6000' })
  t.match(await verify(await sign('a')), { sub: 'alice' })
  pass(79 * MINUTE)
  await verify(await sign('a'))
  t.equal(calls(), 1)
  await publish(['a', 'b'], { 'cache-control': 'max-age=6000' })
  pass(MINUTE)
  await verify(await sign('a'))
  await called(2)
  pass(70 * MINUTE)
  t.match(await verify(await sign('b')), { sub: 'alice' }, 'the new ones are there without waiting')
  t.equal(calls(), 2)
})

test('a provider that forbids caching is not asked for each token, nor one that allows it for ever never', async (t) => {
  for (const [cacheControl, minutes] of [
    ['no-cache, no-store', 5],
    ['max-age=3832304, must-revalidate', 1440],
  ] as const) {
    const { verify, sign, pass, publish, calls, called } = await startKeys(t)
    await publish(['a'], { 'cache-control': cacheControl })
    const jwt = await sign('a')
    for (let use = 0; use < 20; use += 1) await verify(jwt)
    pass(minutes * 0.8 * MINUTE - 1)
    await verify(jwt)
    t.equal(calls(), 1, cacheControl)
    pass(1)
    await verify(jwt)
    await called(2)
    pass(minutes * MINUTE)
    await verify(jwt)
    t.equal(calls(), 3, 'after its end whoever uses them waits for others')
  }
})

test('nobody waits for a slow provider while the known keys are good, and everybody after that', async (t) => {
  const { verify, sign, pass, publish, answers, called } = await startKeys(t, {
    published: { a: 'ES256', b: 'ES256' },
  })
  await publish(['a'], { 'cache-control': 'max-age=600' })
  await verify(await sign('a'))
  answers.set('/keys', () => undefined)
  pass(9 * MINUTE)
  const jwt = await sign('a')
  t.ok((await awakeTime(() => verify(jwt))) < PATIENCE / 2, 'less than the patience of the call')
  await called(2)
  // Until that call has given up: who comes earlier shares its end.
  await wait(PATIENCE + 100)
  await publish(['b'])
  pass(2 * MINUTE)
  await t.rejects(verify(await sign('a')), NO_KEY, 'what was dropped counts no more')
  t.match(await verify(await sign('b')), { sub: 'alice' })
})

test('an outage of the keys signs nobody out, for days, and what comes after it counts', async (t) => {
  const { verify, sign, pass, publish, answers, calls } = await startKeys(t, {
    published: { a: 'ES256', b: 'ES256' },
  })
  await publish(['a'])
  await verify(await sign('a'))
  answers.set('/keys', json(503, {}))
  for (let day = 1; day <= 5; day += 1) {
    pass(1440 * MINUTE)
    t.match(await verify(await sign('a')), { sub: 'alice' })
    t.equal(calls(), day + 1)
  }
  await publish(['b'])
  pass(MINUTE)
  await t.rejects(verify(await sign('a')), NO_KEY)
})

test('a thousand forged keys cause one call a minute', async (t) => {
  const { verify, sign, pass, calls } = await startKeys(t)
  const forged = await Promise.all(Array.from({ length: 1000 }, (_, i) => sign('a', { kid: `forged-${i}` })))
  for (let minute = 1; minute <= 4; minute += 1) {
    for (const jwt of forged) await verify(jwt).catch(() => undefined)
    t.equal(calls(), minute)
    pass(MINUTE)
  }
})
