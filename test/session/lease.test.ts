import { test } from 'tap'
import { acquireLease, LEASE_TIME } from '../../src/session/lease.js'
import { startSessions } from './fixture.js'

test('of a hundred who want a lease one gets it, and the next when it is given back', async (t) => {
  const { store } = startSessions(t)
  const all = await Promise.all(Array.from({ length: 100 }, () => acquireLease(store, 'a')))
  const [lease, ...others] = all.filter((one) => one !== undefined)
  t.same(others, [])
  t.ok(await acquireLease(store, 'b'), 'another name is another lease')
  lease?.release()
  t.ok(await acquireLease(store, 'a'))
})

test('a lease whose process is gone is over after its time', async (t) => {
  const { clock, store } = startSessions(t)
  await store.add('lease:a', 'of a process that was killed', LEASE_TIME)
  clock.pass(LEASE_TIME - 1)
  t.equal(await acquireLease(store, 'a'), undefined)
  clock.pass(1)
  t.ok(await acquireLease(store, 'a'))
})

test('a lease is renewed while it is held, and not by another', async (t) => {
  const { clock, store } = startSessions(t)
  const { swap } = store
  const renewed = new Promise<boolean>((resolve) => {
    store.swap = async (...record) => {
      const isRenewed = await swap(...record)
      resolve(isRenewed)
      return isRenewed
    }
  })
  const lease = await acquireLease(store, 'a')
  clock.pass(LEASE_TIME - 1)
  // The renewal keeps no process alive.
  const alive = setInterval(() => undefined, 1000)
  t.teardown(() => clearInterval(alive))
  t.equal(await renewed, true)
  clock.pass(LEASE_TIME - 1)
  t.equal(await acquireLease(store, 'a'), undefined, 'it is held for its whole time again')
  lease?.release()
  t.ok(await acquireLease(store, 'a'))
})

test('who was overtaken does not give back the lease of another', async (t) => {
  const { clock, store } = startSessions(t)
  const late = await acquireLease(store, 'a')
  clock.pass(LEASE_TIME)
  t.ok(await acquireLease(store, 'a'))
  late?.release()
  t.equal(await acquireLease(store, 'a'), undefined)
})

test('a lease that the store may have written without saying so is given back', async (t) => {
  const { store } = startSessions(t)
  const { add } = store
  store.add = async (...record) => {
    await add(...record)
    throw new Error('no answer')
  }
  await t.rejects(acquireLease(store, 'a'), /no answer/)
  store.add = add
  t.ok(await acquireLease(store, 'a'))
})
