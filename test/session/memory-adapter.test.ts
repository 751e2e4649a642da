import { test } from 'tap'
import { MemoryAdapter } from '../../src/session/memory-adapter.js'
import { observeStore } from '../../src/session/observed-store.js'
import { openStore } from '../../src/session/open-store.js'
import { createClock } from './fixture.js'
import { storeContract } from './store-contract.js'

test('memory: keeps the contract of a store', async (t) => {
  const report = { lost: () => undefined, restored: () => undefined }
  const store = openStore({ kind: 'memory' }, { now: Date.now, report })
  t.teardown(() => store.close())
  // As all of it is used: behind what makes figures of it.
  const told = new Set<string>()
  const observed = observeStore(store, (operation, time, isFailed) => {
    if (time >= 0 && !isFailed) told.add(operation)
  })
  await storeContract(t, observed, store)
  const operations = [
    'get',
    'set',
    'add',
    'swap',
    'remove',
    'touch',
    'delete',
    'time_left',
    'include',
    'exclude',
  ]
  t.same([...told].sort(), [...operations, 'members', 'ping'].sort())
})

test('a record lives to the last millisecond of its time and not longer', async (t) => {
  const clock = createClock()
  const adapter = new MemoryAdapter(clock.now)
  t.teardown(() => adapter.close())
  await adapter.set('a', 'x', 100)
  clock.pass(99)
  t.equal(await adapter.get('a'), 'x')
  clock.pass(1)
  t.equal(await adapter.get('a'), undefined)
})

test('what has expired is forgotten, so that memory does not grow for ever', async (t) => {
  const clock = createClock()
  const adapter = new MemoryAdapter(clock.now)
  t.teardown(() => adapter.close())
  for (let index = 0; index < 1000; index += 1) await adapter.set(`${index}`, 'x', index < 900 ? 10 : 1000)
  t.equal(adapter.size, 1000)
  clock.pass(10)
  adapter.sweep()
  t.equal(adapter.size, 100)
  await adapter.clear()
  t.equal(adapter.size, 0)
})

test('two stores in memory share nothing', async (t) => {
  const report = { lost: () => undefined, restored: () => undefined }
  const [one, two] = [1, 2].map(() => openStore({ kind: 'memory' }, { now: Date.now, report }))
  t.teardown(() => Promise.all([one?.close(), two?.close()]))
  await one?.set('a', 'x', 1000)
  t.equal(await two?.get('a'), undefined)
})
