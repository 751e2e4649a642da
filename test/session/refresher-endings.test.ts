import { test } from 'tap'
import { acme, MINUTE } from './fixture.js'
import { ENDED, FAILED, startRefresher } from './refresher-fixture.js'

test('a refresh that fails for a passing reason leaves the session in service until stale_limit', async (t) => {
  const { clock, ensure, opened, open, provider, reports } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  for (let round = 1; round <= 3; round += 1) {
    const waiting = ensure()
    await provider.asked(round)
    provider.answer(FAILED)
    t.same(await waiting, { key: opened.key, session: opened.session })
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
  clock.pass(20 * MINUTE - 1)
  const failing = ensure()
  await provider.asked()
  provider.answer(FAILED)
  await failing
  t.same(await ensure(), opened, 'expired: served at once')
  clock.pass(4999)
  await t.rejects(ensure(), { code: 'provider_unavailable' }, 'stale: refused at once')
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
  clock.pass(5000)
  await ensure()
  await provider.asked(2)
  t.equal(provider.sent.length, 2)
  provider.answer(FAILED)
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
