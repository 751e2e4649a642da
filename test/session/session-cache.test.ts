import { test } from 'tap'
import { createSessions } from '../../src/session/sessions.js'
import type { SessionStore } from '../../src/session/store.js'
import { acme, content, globex, MINUTE, startSessions } from './fixture.js'

/** A store that counts what is read, and whose channel and answers a test controls. */
function watched(store: SessionStore) {
  const state = { reads: 0, isWatching: true, gate: Promise.resolve() }
  const listeners: ((key: string | undefined) => void)[] = []
  const observed: SessionStore = {
    ...store,
    async get(key) {
      state.reads += 1
      const record = await store.get(key)
      await state.gate
      return record
    },
    isWatching: () => state.isWatching,
    onChange(listener) {
      listeners.push(listener)
      store.onChange(listener)
    },
  }
  return { observed, state, tellAll: () => listeners.forEach((listener) => void listener(undefined)) }
}

function startCached(t: Parameters<typeof startSessions>[0], cache = 100) {
  const { clock, store, sealer } = startSessions(t)
  const { observed, state, tellAll } = watched(store)
  const sessions = createSessions({ store: observed, sealer, now: clock.now, cache })
  /** Another process on the same store. */
  const elsewhere = createSessions({ store, sealer, now: clock.now, cache })
  return { clock, sessions, elsewhere, state, tellAll }
}

test('a session that nobody changes is read once, also by a hundred at once', async (t) => {
  const { clock, sessions, state } = startCached(t)
  const { cookie, session } = await sessions.create(acme, content(clock.now()))
  const all = await Promise.all(Array.from({ length: 100 }, () => sessions.open(acme, cookie)))
  for (const opened of all) t.same(opened?.session, session)
  t.equal(await sessions.open(acme, cookie), all[0])
  t.equal(state.reads, 1)
})

const changes = {
  'its end': (elsewhere, opened) => elsewhere.end(acme, opened),
  'its end by an operator': (elsewhere, { key }) => elsewhere.endById(acme, key.id),
  'its retirement': (elsewhere, opened) => elsewhere.retire(acme, opened),
} satisfies {
  [what: string]: (
    elsewhere: ReturnType<typeof createSessions>,
    opened: Awaited<ReturnType<ReturnType<typeof createSessions>['create']>>,
  ) => Promise<unknown>
}
for (const [what, change] of Object.entries(changes)) {
  test(`${what} by another process is seen at once`, async (t) => {
    const { clock, sessions, elsewhere, state } = startCached(t)
    const opened = await sessions.create(acme, content(clock.now()))
    await sessions.open(acme, opened.cookie)
    await change(elsewhere, opened)
    const current = await sessions.open(acme, opened.cookie)
    t.equal(current?.session.retires_at !== undefined || current === undefined, true)
    t.equal(state.reads, 2)
  })
}

test('a session that ends while it is being read is not kept', async (t) => {
  const { clock, sessions, elsewhere, state } = startCached(t)
  const opened = await sessions.create(acme, content(clock.now()))
  let release = (): void => undefined
  state.gate = new Promise((resolve) => {
    release = resolve
  })
  const early = sessions.open(acme, opened.cookie)
  while (state.reads === 0) await new Promise(setImmediate)
  await elsewhere.end(acme, opened)
  // Who asks now must not be told what was read before.
  const late = sessions.open(acme, opened.cookie)
  release()
  t.ok(await early, 'this one had asked before')
  t.equal(await late, undefined)
  t.equal(await sessions.open(acme, opened.cookie), undefined)
})

test('while nobody vouches for it, and after that, the store is asked', async (t) => {
  const { clock, sessions, state, tellAll } = startCached(t)
  const { cookie } = await sessions.create(acme, content(clock.now()))
  await sessions.open(acme, cookie)
  state.isWatching = false
  await sessions.open(acme, cookie)
  t.equal(state.reads, 2)
  state.isWatching = true
  await sessions.open(acme, cookie)
  t.equal(state.reads, 2)
  tellAll()
  await sessions.open(acme, cookie)
  t.equal(state.reads, 3, 'anything may have happened')
})

test('a session is read anew before it could have ended for want of use', async (t) => {
  const { clock, sessions, state } = startCached(t)
  const { cookie } = await sessions.create(acme, content(clock.now()))
  await sessions.open(acme, cookie)
  clock.pass(3 * MINUTE - 1)
  await sessions.open(acme, cookie)
  t.equal(state.reads, 1)
  clock.pass(1)
  await sessions.open(acme, cookie)
  t.equal(state.reads, 2, 'a twentieth of the idle timeout')
})

test('a session that is kept still ends at its absolute lifetime', async (t) => {
  const { clock, sessions } = startCached(t)
  const brief = { ...acme, lifetimes: { ...acme.lifetimes, max_lifetime: MINUTE } }
  const { cookie } = await sessions.create(brief, content(clock.now()))
  t.ok(await sessions.open(brief, cookie))
  clock.pass(MINUTE)
  t.equal(await sessions.open(brief, cookie), undefined)
})

test('what one cookie opened is given to no other: not to a forged secret, not to another tenant', async (t) => {
  const { clock, sessions } = startCached(t)
  const { cookie } = await sessions.create(acme, content(clock.now()))
  const [id] = cookie.split('.')
  const forged = `${id}.${Buffer.alloc(32, 7).toString('base64url')}`
  // At the same moment too, when the reading is shared.
  const [good, bad, elsewhere] = await Promise.all([
    sessions.open(acme, cookie),
    sessions.open(acme, forged),
    sessions.open(globex, cookie),
  ])
  t.ok(good)
  t.equal(bad, undefined)
  t.equal(elsewhere, undefined)
  t.equal(await sessions.open(acme, forged), undefined)
  t.equal(await sessions.open(globex, cookie), undefined)
})

test('the oldest gives way, and a cache of none keeps none', async (t) => {
  const { clock, sessions, state } = startCached(t, 2)
  const cookies = []
  for (let count = 0; count < 3; count += 1) {
    cookies.push((await sessions.create(acme, content(clock.now()))).cookie)
  }
  for (const cookie of cookies) await sessions.open(acme, cookie)
  t.equal(state.reads, 3)
  await sessions.open(acme, cookies[2] ?? '')
  await sessions.open(acme, cookies[1] ?? '')
  t.equal(state.reads, 3)
  await sessions.open(acme, cookies[0] ?? '')
  t.equal(state.reads, 4)

  const without = startCached(t, 0)
  const { cookie } = await without.sessions.create(acme, content(without.clock.now()))
  for (const reads of [1, 2, 3]) {
    t.ok(await without.sessions.open(acme, cookie))
    t.equal(without.state.reads, reads)
  }
})

test('a store that fails is asked again, and its failure is nobody else’s', async (t) => {
  const { clock, sessions, state } = startCached(t)
  const { cookie } = await sessions.create(acme, content(clock.now()))
  state.gate = Promise.reject(new Error('down'))
  await t.rejects(sessions.open(acme, cookie), /down/)
  state.gate = Promise.resolve()
  t.ok(await sessions.open(acme, cookie))
})
