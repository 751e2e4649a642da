import { test } from 'tap'
import { addOnce } from '../../src/routes/add-once.js'
import type { SessionStore } from '../../src/session/store.js'
import { startSessions } from '../session/fixture.js'

const failure = new Error('no answer')

/** A store that does not answer `add` in time, which may be carried out all the same. */
function unanswering(store: SessionStore, whatHappens: (add: SessionStore['add']) => SessionStore['add']) {
  const removals: Promise<boolean>[] = []
  const failing: SessionStore = {
    ...store,
    async add(...note) {
      await whatHappens(store.add)(...note)
      throw failure
    },
    remove(...note) {
      const removal = store.remove(...note)
      removals.push(removal)
      return removal
    },
  }
  return { failing, settle: () => Promise.all(removals) }
}

test('what happens once is noted for as long as it is said', async (t) => {
  const { store, clock } = startSessions(t)
  t.equal(await addOnce({ store }, 'used'), true)
  t.equal(await addOnce({ store }, 'used'), false)
  t.equal(await addOnce({ store }, 'brief', 1000), true)
  clock.pass(1000)
  t.equal(await addOnce({ store }, 'brief', 1000), true)
})

test('a note that reached the store without an answer is taken back', async (t) => {
  const { store } = startSessions(t)
  const { failing, settle } = unanswering(store, (add) => add)
  await t.rejects(addOnce({ store: failing }, 'used'), failure)
  await settle()
  t.equal(await addOnce({ store }, 'used'), true, 'it may be tried again')
})

test('a note that somebody else made meanwhile stays', async (t) => {
  const { store } = startSessions(t)
  const { failing, settle } = unanswering(store, () => (name) => addOnce({ store }, name))
  await t.rejects(addOnce({ store: failing }, 'used'), failure)
  await settle()
  t.equal(await addOnce({ store }, 'used'), false)
})
