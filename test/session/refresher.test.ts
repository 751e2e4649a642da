import { test } from 'tap'
import { acme, content, MINUTE } from './fixture.js'
import { FAILED, startRefresher } from './refresher-fixture.js'

test('a fresh session is served without asking anybody', async (t) => {
  const { ensure, provider, opened } = await startRefresher(t)
  t.equal(await ensure(), opened)
  t.same(provider.sent, [])
})

test('a hundred requests with an expired token share one refresh', async (t) => {
  const { clock, ensure, open, provider, refreshed, reports } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const all = Array.from({ length: 100 }, async () => ensure(await open()))
  await provider.asked()
  provider.answer(refreshed())
  for (const current of await Promise.all(all)) t.equal(current?.session.tokens.access_token, 'AT-2')
  t.same(provider.sent, ['RT-1'])
  t.same(reports, ['refreshed'])
  t.match((await open())?.session, { tokens: { refresh_token: 'RT-2' }, refreshed_at: clock.now() })
})

test('who has read the session before a refresh does not send the consumed token again', async (t) => {
  const { clock, ensure, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const first = ensure()
  await provider.asked()
  provider.answer(refreshed())
  await first
  t.equal((await ensure())?.session.tokens.access_token, 'AT-2')
  t.same(provider.sent, ['RT-1'])
})

test('while the token is still valid nobody waits for its refresh', async (t) => {
  const { clock, ensure, open, opened, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE - 1)
  t.equal(await ensure(), opened)
  t.equal(await ensure(), opened)
  await provider.asked()
  provider.answer(refreshed())
  while ((await open())?.session.tokens.refresh_token !== 'RT-2') await new Promise(setImmediate)
  t.same(provider.sent, ['RT-1'])
})

test('a flight goes on when nobody waits any more, and its token is kept', async (t) => {
  const { clock, ensure, open, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const gone = Promise.race([ensure(), Promise.reject(new Error('the browser went away'))])
  await t.rejects(gone, /went away/)
  await provider.asked()
  provider.answer(refreshed())
  while ((await open())?.session.tokens.refresh_token !== 'RT-2') await new Promise(setImmediate)
  t.same(provider.sent, ['RT-1'])
})

test('a flight that breaks does not ground the next one', async (t) => {
  const { clock, ensure, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const broken = ensure()
  await provider.asked()
  provider.fail(new Error('a defect'))
  await t.rejects(broken, /a defect/)
  clock.pass(250)
  const next = ensure()
  await provider.asked(2)
  provider.answer(refreshed())
  t.equal((await next)?.session.tokens.access_token, 'AT-2')
})

test('sessions refresh independently of each other', async (t) => {
  const { clock, ensure, provider, refreshed, sessions } = await startRefresher(t)
  const other = await sessions.create(acme, content(clock.now(), { refresh_token: 'RT-other' }))
  clock.pass(5 * MINUTE)
  const both = [ensure(), ensure(other)]
  await provider.asked(2)
  t.same(provider.sent, ['RT-1', 'RT-other'])
  provider.answer(refreshed())
  provider.answer({ ...FAILED, concerns: 'session' })
  const [first, second] = await Promise.all(both)
  t.equal(first?.session.tokens.access_token, 'AT-2')
  t.equal(second?.session.tokens.access_token, 'AT-1')
})
