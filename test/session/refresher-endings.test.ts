import { test } from 'tap'
import { acme, content, MINUTE } from './fixture.js'
import { ENDED, FAILED, startRefresher } from './refresher-fixture.js'

const withoutCookie = ({ cookie: _cookie, ...opened }: { cookie: string }) => opened

test('a refresh that fails for a passing reason leaves the session in service until stale_limit', async (t) => {
  const { clock, ensure, opened, open, provider, reports } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  for (let round = 1; round <= 3; round += 1) {
    const waiting = ensure()
    await provider.asked(round)
    provider.answer(FAILED)
    t.same(await waiting, withoutCookie(opened))
    clock.pass(5 * MINUTE)
  }
  const stale = ensure()
  await provider.asked(4)
  provider.answer(FAILED)
  await t.rejects(stale, { code: 'provider_unavailable', status: 503 })
  t.ok(await open(), 'the session stays')
  t.same(reports, Array(4).fill('failed: HTTP 503'))
})

test('after a failure the provider is left alone for a moment, whatever the state of the token', async (t) => {
  const { clock, ensure, opened, provider, refreshed } = await startRefresher(t)
  clock.pass(20 * MINUTE - 300)
  const failing = ensure()
  await provider.asked()
  provider.answer(FAILED)
  await failing
  t.equal(await ensure(), opened, 'expired: served at once')
  clock.pass(249)
  t.equal(await ensure(), opened)
  t.equal(provider.sent.length, 1)
  clock.pass(1)
  const again = ensure()
  await provider.asked(2)
  provider.answer(refreshed())
  t.equal((await again)?.session.tokens.access_token, 'AT-2')
})

test('a failure while the token was due is met again only after the pause', async (t) => {
  const { clock, ensure, provider, reports } = await startRefresher(t)
  clock.pass(4.5 * MINUTE)
  await ensure()
  await provider.asked()
  provider.answer(FAILED)
  while (reports.length === 0) await new Promise(setImmediate)
  await ensure()
  clock.pass(250)
  await ensure()
  await provider.asked(2)
  t.equal(provider.sent.length, 2)
  provider.answer(FAILED)
})

test('who cannot be served otherwise waits for the end of a short pause, and feels the recovery at once', async (t) => {
  const { clock, ensure, provider, refreshed } = await startRefresher(t)
  clock.pass(20 * MINUTE)
  const refused = ensure()
  await provider.asked()
  provider.answer(FAILED)
  await t.rejects(refused, { code: 'provider_unavailable' })
  const patient = ensure()
  clock.pass(250)
  await provider.asked(2)
  provider.answer(refreshed())
  t.equal((await patient)?.session.tokens.access_token, 'AT-2')
})

test('a pause that the provider asked for is kept, and told', async (t) => {
  const { clock, ensure, provider } = await startRefresher(t)
  clock.pass(20 * MINUTE)
  const first = ensure()
  await provider.asked()
  provider.answer({ ...FAILED, retry_after: 30_000 })
  await t.rejects(first, { code: 'provider_unavailable', retryAfter: 30 })
  clock.pass(29_999)
  await t.rejects(ensure(), { code: 'provider_unavailable', retryAfter: 1 })
  t.equal(provider.sent.length, 1)
  clock.pass(1)
  const next = ensure()
  await provider.asked(2)
  provider.answer(FAILED)
  await t.rejects(next, { code: 'provider_unavailable' })
})

test('a provider that is not well is asked by one session at a time', async (t) => {
  const { clock, ensure, provider, refreshed, sessions } = await startRefresher(t)
  const others = await Promise.all(
    Array.from({ length: 20 }, () => sessions.create(acme, content(clock.now()))),
  )
  clock.pass(5 * MINUTE)
  const first = ensure()
  await provider.asked()
  provider.answer(FAILED)
  await first
  for (let round = 2; round <= 5; round += 1) {
    clock.pass(2000)
    const all = others.map((other) => ensure(other))
    await provider.asked(round)
    provider.answer(round < 5 ? FAILED : refreshed())
    t.equal((await Promise.all(all)).length, 20, 'everybody is served')
    t.equal(provider.sent.length, round)
  }
  const late = others.slice(10).map((other) => ensure(other))
  await provider.asked(15)
  for (let count = 0; count < 10; count += 1) provider.answer(refreshed())
  await Promise.all(late)
  t.pass('when it is well again, all are refreshed')
})

test('what one session alone is refused concerns no other', async (t) => {
  const { clock, ensure, provider, refreshed, sessions } = await startRefresher(t)
  const other = await sessions.create(acme, content(clock.now(), { refresh_token: 'RT-other' }))
  clock.pass(5 * MINUTE)
  const first = ensure()
  await provider.asked()
  provider.answer({ ...FAILED, concerns: 'session' })
  await first
  clock.pass(4999)
  await ensure()
  t.same(provider.sent, ['RT-1'])
  const second = ensure(other)
  await provider.asked(2)
  provider.answer(refreshed())
  t.equal((await second)?.session.tokens.access_token, 'AT-2')
})

test('a provider that ends the grant ends the session', async (t) => {
  const { clock, ensure, open, provider, reports } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const all = [ensure(), ensure()]
  await provider.asked()
  provider.answer(ENDED)
  t.same(await Promise.all(all), [undefined, undefined])
  t.equal(await open(), undefined)
  t.same(reports, ['ended: invalid_grant'])
})

for (const answer of ['refreshed', 'ended', 'failed'] as const) {
  test(`a logout while a refresh is in flight wins, also when the refresh ${answer}`, async (t) => {
    const { clock, ensure, open, opened, provider, refreshed, sessions } = await startRefresher(t)
    clock.pass(5 * MINUTE)
    const waiting = ensure()
    await provider.asked()
    await sessions.end(acme, opened)
    provider.answer({ refreshed: refreshed(), ended: ENDED, failed: FAILED }[answer])
    // After a failure the requests that were waiting are still answered: they came before the logout.
    const current = await waiting
    if (answer !== 'failed') t.equal(current, undefined)
    t.equal(await open(), undefined, 'no resurrected session')
    t.same(provider.revoked, answer === 'refreshed' ? ['RT-2'] : [], 'no token is left over')
  })
}

test('a logout before the refresh begins spares the provider', async (t) => {
  const { clock, ensure, opened, provider, sessions } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  await sessions.end(acme, opened)
  t.equal(await ensure(), undefined)
  t.same(provider.sent, [])
})
