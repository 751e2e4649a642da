import { test } from 'tap'
import { DoorwardError } from '../../src/errors.js'
import { acme, MINUTE } from './fixture.js'
import { ENDED, startRefresher } from './refresher-fixture.js'

test('the new tokens are kept before anybody asks whose they are', async (t) => {
  const { clock, ensure, open, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  let kept: string | undefined
  const { confirm } = provider
  provider.confirm = async function (...grant) {
    kept = (await open())?.session.tokens.refresh_token
    return confirm.apply(this, grant)
  }
  const waiting = ensure()
  await provider.asked()
  provider.answer(refreshed())
  t.match((await waiting)?.session.tokens, { access_token: 'AT-2', refresh_token: 'RT-2', id_token: 'IT-2' })
  t.equal(kept, 'RT-2')
  t.same(provider.confirmed, ['IT-2'])
})

test('claims that cannot be confirmed stay as they were, with the new tokens', async (t) => {
  const { clock, ensure, opened, provider, refreshed, reports } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  provider.confirmation = { kind: 'unconfirmed', reason: 'the keys cannot be had' }
  const waiting = ensure()
  await provider.asked()
  provider.answer(refreshed())
  const current = await waiting
  t.match(current?.session.tokens, { refresh_token: 'RT-2', id_token: 'IT-1' })
  t.same(current?.session.identity, opened.session.identity)
  t.same(reports, ['refreshed: the keys cannot be had'])
})

test('tokens that turn out to be of another person end the session, and are revoked', async (t) => {
  const { clock, ensure, open, provider, refreshed, reports } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  provider.confirmation = { kind: 'ended', reason: 'another subject' }
  const waiting = ensure()
  await provider.asked()
  provider.answer(refreshed())
  t.equal(await waiting, undefined)
  t.equal(await open(), undefined)
  t.same(provider.revoked, ['RT-2'])
  t.same(reports, ['ended: another subject'])
})

test('a sign-out while the tokens are being confirmed wins, and the new ones are revoked', async (t) => {
  const { clock, ensure, open, opened, provider, refreshed, sessions } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const { confirm } = provider
  provider.confirm = async function (...grant) {
    await sessions.end(acme, opened)
    return confirm.apply(this, grant)
  }
  const waiting = ensure()
  await provider.asked()
  provider.answer(refreshed())
  t.equal(await waiting, undefined)
  t.equal(await open(), undefined)
  t.same(provider.revoked, ['RT-2'])
})

test('a login that retires the session during its refresh is not undone', async (t) => {
  const { clock, ensure, open, opened, provider, refreshed, sessions } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const waiting = ensure()
  await provider.asked()
  await sessions.retire(acme, opened)
  provider.answer(refreshed())
  const current = await waiting
  t.equal(current?.session.tokens.access_token, 'AT-2')
  t.type(current?.session.retires_at, 'number')
  t.type((await open())?.session.retires_at, 'number')
})

// A process that was stopped for longer than its lease wakes up when another has refreshed.
for (const [what, late] of [
  ['its answer', 'refreshed'],
  ['that its token is consumed', 'ended'],
] as const) {
  test(`a process that lost its lease and hears ${what} does not touch what another has kept`, async (t) => {
    const { another, clock, ensure, open, opened, provider, refreshed } = await startRefresher(t)
    clock.pass(5 * MINUTE)
    const overtaken = ensure()
    await provider.asked()
    clock.pass(5000)
    const winner = another().ensureFresh(acme, opened, {
      ...provider,
      refresh: async () => refreshed({ access_token: 'AT-3', refresh_token: 'RT-3' }),
    })
    t.equal((await winner)?.session.tokens.refresh_token, 'RT-3')
    provider.answer(late === 'ended' ? ENDED : refreshed())
    t.equal((await overtaken)?.session.tokens.refresh_token, 'RT-3', 'it goes on with theirs')
    t.equal((await open())?.session.tokens.refresh_token, 'RT-3')
    t.same(provider.revoked, [], 'revoking one of a family revokes them all')
  })
}

test('a defect is not insisted on', async (t) => {
  const { clock, ensure, provider, refreshed, store } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  let attempts = 0
  store.swap = async (key) => {
    if (key.startsWith('session:')) attempts += 1
    throw new TypeError('a defect')
  }
  const waiting = ensure()
  await provider.asked()
  provider.answer(refreshed())
  await t.rejects(waiting, /a defect/)
  t.equal(attempts, 1)
})

// A lease ends by the clock while the store is frozen and its holder cannot keep the new token: the next one sent the
// consumed token, heard invalid_grant, and ended the session.
test('while a rotation that another has begun may still end, invalid_grant ends nothing', async (t) => {
  const { another, clock, ensure, open, opened, provider, refreshed, reports, store } =
    await startRefresher(t)
  clock.pass(5 * MINUTE)
  const { swap } = store
  let isAway = true
  store.swap = async (key, ...rest) => {
    if (isAway && key.startsWith('session:')) throw new DoorwardError('session_store_unavailable', {})
    return swap(key, ...rest)
  }
  const first = ensure()
  await provider.asked()
  provider.answer(refreshed())
  clock.pass(5000)
  const second = another().ensureFresh(acme, opened, provider)
  await provider.asked(2)
  provider.answer(ENDED)
  t.equal((await second)?.session.tokens.refresh_token, 'RT-1', 'it is served as it is')
  t.ok(await open())
  isAway = false
  t.equal((await first)?.session.tokens.refresh_token, 'RT-2')
  t.equal((await open())?.session.tokens.refresh_token, 'RT-2')
  t.same(provider.revoked, [])
  t.notOk(reports.some((report) => report.startsWith('ended')))
})

test('who takes over waits a moment for what the one before may bring', async (t) => {
  const { another, clock, ensure, opened, provider, refreshed } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const first = ensure()
  await provider.asked()
  clock.pass(5000)
  const second = another().ensureFresh(acme, opened, provider)
  // It has the lease by now, and looks at the session.
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  provider.answer(refreshed())
  for (const current of await Promise.all([first, second])) {
    t.equal(current?.session.tokens.refresh_token, 'RT-2')
  }
  t.equal(provider.sent.length, 1)
})

test('what another process has refreshed at the last moment is not ended', async (t) => {
  const { clock, ensure, open, opened, provider, refreshed, sessions, store } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const { remove } = store
  store.remove = async (key, expected) => {
    if (key.startsWith('session:')) {
      store.remove = remove
      const { tokens } = refreshed() as { tokens: typeof opened.session.tokens }
      await sessions.update(acme, opened.key, (latest) => ({ ...latest, tokens, refreshed_at: clock.now() }))
    }
    return remove(key, expected)
  }
  const waiting = ensure()
  await provider.asked()
  provider.answer(ENDED)
  t.equal((await waiting)?.session.tokens.refresh_token, 'RT-2')
  t.equal((await open())?.session.tokens.refresh_token, 'RT-2')
})

test('a token that the store would not take at first is kept in the end', async (t) => {
  const { clock, ensure, open, provider, refreshed, store } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const { swap } = store
  let refusals = 2
  store.swap = async (key, ...rest) => {
    if (key.startsWith('session:') && refusals > 0) {
      refusals -= 1
      throw new DoorwardError('session_store_unavailable', { reason: 'no answer' })
    }
    return swap(key, ...rest)
  }
  const waiting = ensure()
  await provider.asked()
  provider.answer(refreshed())
  t.equal((await waiting)?.session.tokens.refresh_token, 'RT-2')
  t.equal((await open())?.session.tokens.refresh_token, 'RT-2')
  t.equal(provider.sent.length, 1)
})

test('a write that reached the store unseen is recognised as its own', async (t) => {
  const { clock, ensure, provider, refreshed, reports, store } = await startRefresher(t)
  clock.pass(5 * MINUTE)
  const { swap } = store
  let isFirst = true
  store.swap = async (key, ...rest) => {
    const written = await swap(key, ...rest)
    if (!key.startsWith('session:') || !isFirst) return written
    isFirst = false
    throw new DoorwardError('session_store_unavailable', { reason: 'no answer' })
  }
  const waiting = ensure()
  await provider.asked()
  provider.answer(refreshed())
  t.match((await waiting)?.session.tokens, { refresh_token: 'RT-2', id_token: 'IT-2' })
  t.same(reports, ['refreshed'])
})
