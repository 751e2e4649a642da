import type { Test } from 'tap'
import type { SessionStore } from '../../src/session/store.js'
import { until } from '../fixtures/until.js'
import { concurrently, LONG, MEDIUM, SHORT } from './store-fixture.js'

const sorted = async (members: Promise<string[]>) => (await members).sort()

/** What every `SessionStore` promises of its sets. */
export async function setContract(t: Test, store: SessionStore, other: SessionStore): Promise<void> {
  await t.test('a set has the members that were put into it, each once', async (t) => {
    t.same(await store.members('set'), [])
    for (const member of ['a', 'ü:b', 'a']) t.equal(await store.include('set', member, LONG), undefined)
    t.same(await sorted(store.members('set')), ['a', 'ü:b'])
    t.same(await sorted(other.members('set')), ['a', 'ü:b'])
    t.equal(await other.exclude('set', 'a'), undefined)
    await store.exclude('set', 'never there')
    t.same(await store.members('set'), ['ü:b'])
    await store.exclude('set', 'ü:b')
    t.same(await store.members('set'), [])
    await store.exclude('never there', 'a')
  })

  await t.test('each member goes when its time has run out, and can be prolonged', async (t) => {
    await store.include('times', 'long', LONG)
    await store.include('times', 'short', SHORT)
    await store.include('times', 'prolonged', MEDIUM)
    await store.include('times', 'shortened', LONG)
    await store.include('times', 'prolonged', LONG)
    await store.include('times', 'shortened', SHORT)
    const rest = ['long', 'prolonged']
    await until('two go', async () => (await store.members('times')).length === rest.length)
    t.same(await sorted(store.members('times')), rest)
    await store.include('times', 'new', LONG)
    t.same(await sorted(store.members('times')), ['long', 'new', 'prolonged'])
  })

  await t.test('a set lives as long as its last member', async (t) => {
    await store.include('lives', 'long', LONG)
    await store.include('lives', 'short', SHORT)
    await until('one goes', async () => (await store.members('lives')).length === 1)
    t.same(await store.members('lives'), ['long'])
    await store.include('goes', 'one', SHORT)
    await until('all go', async () => (await store.members('goes')).length === 0)
  })

  await t.test('nobody is lost of a hundred that come or go at once', async (t) => {
    const one = (index: number) => (index % 2 ? store : other)
    await concurrently((index) => one(index).include('crowd', `${index}`, LONG))
    t.equal((await store.members('crowd')).length, 100)
    await concurrently((index) =>
      index < 50 ? one(index).exclude('crowd', `${index}`) : one(index).include('crowd', `${index}`, LONG),
    )
    t.equal((await store.members('crowd')).length, 50)
  })
}
