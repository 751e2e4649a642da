import { test } from 'tap'
import { acme, MINUTE } from './fixture.js'
import { FAILED, startRefresher } from './refresher-fixture.js'

test('a second process with an expired token waits for the first one, and asks nobody', async (t) => {
  const { another, clock, ensure, opened, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const here = ensure()
  await provider.asked()
  const there = another().ensureFresh(acme, opened, provider)
  provider.answer(refreshed())
  for (const current of await Promise.all([here, there])) {
    t.equal(current?.session.tokens.access_token, 'AT-2')
  }
  t.same(provider.sent, ['RT-1'])
})

test('a second process with a valid token goes on with it', async (t) => {
  const { another, clock, ensure, opened, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE - 1)
  await ensure()
  await provider.asked()
  const other = another()
  t.equal(await other.ensureFresh(acme, opened, provider), opened)
  await other.settle()
  t.same(provider.sent, ['RT-1'])
  provider.answer(refreshed())
})

test('after the first process has failed the second one tries once', async (t) => {
  const { another, clock, ensure, opened, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const here = ensure()
  await provider.asked()
  const there = another().ensureFresh(acme, opened, provider)
  provider.answer(FAILED)
  t.equal((await here)?.session.tokens.access_token, 'AT-1')
  await provider.asked(2)
  provider.answer(refreshed())
  t.equal((await there)?.session.tokens.access_token, 'AT-2')
})

test('a process that ends waits for the refreshes under way', async (t) => {
  const { clock, ensure, open, provider, refreshed, refresher } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  ensure().catch(() => undefined)
  await provider.asked()
  let isSettled = false
  const settled = refresher.settle().then(() => {
    isSettled = true
  })
  await new Promise(setImmediate)
  t.notOk(isSettled)
  provider.answer(refreshed())
  await settled
  t.equal((await open())?.session.tokens.refresh_token, 'RT-2')
  await refresher.settle()
})

test('a refresh on demand renews tokens that are still good, once for all who ask', async (t) => {
  const { clock, provider, refreshed, refreshNow, reports } = await startRefresher(t)
  const all = [refreshNow(), refreshNow(), refreshNow()]
  await provider.asked()
  clock.pass(1)
  provider.answer(refreshed())
  const [first, ...others] = await Promise.all(all)
  t.equal(first?.session.tokens.access_token, 'AT-2')
  t.equal(others.length, 2)
  t.same(reports, ['refreshed'])
  const [current] = await Promise.all(all)
  t.equal(await refreshNow(current), current, 'not again within ten seconds')
  t.equal(provider.sent.length, 1)
  clock.pass(10_000)
  const again = refreshNow(current)
  await provider.asked(2)
  provider.answer(refreshed({ access_token: 'AT-3' }))
  t.equal((await again)?.session.tokens.access_token, 'AT-3')
})

test('a refresh on demand that fails says so, and leaves the session alone', async (t) => {
  const { open, provider, refreshNow } = await startRefresher(t)
  const failing = refreshNow()
  await provider.asked()
  provider.answer(FAILED)
  await t.rejects(failing, { code: 'provider_unavailable' })
  await t.rejects(refreshNow(), { code: 'provider_unavailable' }, 'and during the pause as well')
  t.equal(provider.sent.length, 1)
  t.ok(await open())
})

test('a refresh on demand waits for the process that is at it', async (t) => {
  const { another, clock, ensure, opened, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE - 1)
  await ensure()
  await provider.asked()
  const demanded = another().refreshNow(acme, opened, provider)
  provider.answer(refreshed())
  t.equal((await demanded)?.session.tokens.access_token, 'AT-2')
  t.equal(provider.sent.length, 1)
})

test('a session without a refresh token stays as it is', async (t) => {
  const { opened, provider, refreshNow } = await startRefresher(t)
  const { session } = opened
  const without = {
    ...opened,
    session: { ...session, tokens: { ...session.tokens, refresh_token: undefined } },
  }
  t.equal(await refreshNow(without), without)
  t.same(provider.sent, [])
})
