import type { Test } from 'tap'
import type { SessionStore } from '../../src/session/store.js'
import { setContract } from './store-contract-sets.js'
import { watchContract } from './store-contract-watch.js'
import { concurrently, LONG, MEDIUM, SHORT, untilGone } from './store-fixture.js'

/**
 * What every `SessionStore` promises. The store must be empty and run on the real clock; `other` is one on the same
 * records, of another process where there can be one.
 */
export async function storeContract(t: Test, store: SessionStore, other: SessionStore): Promise<void> {
  await t.test('a record is read as it was written, under its own key', async (t) => {
    const texts = ['x', '', 'null', '{"value":1}', ':base64:eA==', 'Zoë 😀\r\n\u0000', 'x'.repeat(200_000)]
    for (const [index, text] of texts.entries()) {
      const key = `text:${index}:ü ${'k'.repeat(index)}`
      t.equal(await store.get(key), undefined)
      t.equal(await store.set(key, text, LONG), undefined)
      t.equal(await store.get(key), text)
      t.equal(await other.get(key), text)
    }
    t.equal(await store.get('text:'), undefined)
    await store.set('text:0', 'second', LONG)
    await store.set('text:0', 'third', LONG)
    t.equal(await store.get('text:0'), 'third')
  })

  await t.test('a record that is deleted is gone, and deleting what is not there is no error', async (t) => {
    await store.set('deleted', 'x', LONG)
    t.equal(await store.delete('deleted'), undefined)
    t.equal(await store.get('deleted'), undefined)
    await store.delete('deleted')
    await store.delete('never there')
  })

  await t.test('every kind of record expires', async (t) => {
    await store.set('by set', 'x', SHORT)
    await store.set('by swap', 'x', LONG)
    t.equal(await store.swap('by swap', 'x', 'y', SHORT), true)
    t.equal(await store.add('by add', 'x', SHORT), true)
    await store.set('by touch', 'x', LONG)
    await store.touch('by touch', SHORT)
    await store.set('by a fraction', 'x', 0.25)
    for (const key of ['by set', 'by swap', 'by add', 'by touch', 'by a fraction'])
      await untilGone(store, key)
    t.equal(await store.swap('by set', 'x', 'y', LONG), false, 'an expired record cannot be swapped')
    t.equal(await store.remove('by set', 'x'), false, 'nor removed')
    await store.touch('by set', LONG)
    t.equal(await store.get('by set'), undefined, 'nor touched back to life')
    t.equal(await store.timeLeft('by set'), undefined)
    t.equal(await store.add('by add', 'y', LONG), true, 'an expired record can be added again')
  })

  await t.test('touching and swapping prolong a record, and the time left says so', async (t) => {
    for (const key of ['the short one', 'touched', 'swapped']) {
      await store.set(key, 'x', MEDIUM)
      const left = await store.timeLeft(key)
      t.ok(left !== undefined && left > 0 && left <= MEDIUM, `${key}: ${left} ms`)
    }
    await store.touch('touched', LONG)
    await store.swap('swapped', 'x', 'y', LONG)
    await untilGone(store, 'the short one')
    for (const [key, text] of [
      ['touched', 'x'],
      ['swapped', 'y'],
    ] as const) {
      t.equal(await store.get(key), text)
      const left = await store.timeLeft(key)
      t.ok(left !== undefined && left > MEDIUM && left <= LONG, `${key}: ${left} ms`)
    }
    t.equal(await store.timeLeft('never set'), undefined)
  })

  await t.test('swapping and removing want what the record begins with', async (t) => {
    t.equal(await store.swap('never set', '', 'x', LONG), false)
    t.equal(await store.remove('never set', ''), false)
    t.equal(await store.get('never set'), undefined)
    for (const text of ['v1.rest', 'ü-1.rest', 'v1']) {
      const version = text.replace('.rest', '')
      await store.set('versioned', text, LONG)
      for (const wrong of ['v2', `${text}.`, version.slice(1), '*', 'ü', 'v1.rest '].filter(
        (w) => !text.startsWith(w),
      )) {
        t.equal(await store.swap('versioned', wrong, 'z', LONG), false, wrong)
        t.equal(await store.remove('versioned', wrong), false, wrong)
      }
      t.equal(await store.get('versioned'), text)
      t.equal(await store.swap('versioned', version, 'next', LONG), true)
      t.equal(
        await store.swap('versioned', version, 'z', LONG),
        false,
        'who was overtaken does not overwrite',
      )
      t.equal(await store.get('versioned'), 'next')
      t.equal(await store.remove('versioned', 'ne'), true)
      t.equal(await store.get('versioned'), undefined)
      t.equal(await store.swap('versioned', 'ne', 'z', LONG), false, 'a deleted one stays deleted')
    }
  })

  await t.test('of a hundred that want one thing, one gets it', async (t) => {
    const one = (index: number) => (index % 2 ? store : other)
    const added = await concurrently((index) => one(index).add('wanted', `${index}`, LONG))
    t.equal(added.filter(Boolean).length, 1)
    t.equal(await store.get('wanted'), `${added.indexOf(true)}`, 'a refused one changes nothing')
    const first = `${added.indexOf(true)}`
    const swapped = await concurrently((index) => one(index).swap('wanted', first, `by ${index}`, LONG))
    t.equal(swapped.filter(Boolean).length, 1)
    t.equal(await store.get('wanted'), `by ${swapped.indexOf(true)}`)
    const removed = await concurrently((index) => one(index).remove('wanted', 'by '))
    t.equal(removed.filter(Boolean).length, 1)
    t.ok((await concurrently((index) => store.add(`wanted ${index}`, 'x', LONG))).every(Boolean))
  })

  await t.test('no swap or touch that races a deletion brings a record back', async (t) => {
    await concurrently(async (index) => {
      const key = `race ${index}`
      await store.set(key, 'x', LONG)
      await Promise.all([store.swap(key, 'x', 'xy', LONG), other.delete(key), store.touch(key, LONG)])
      await store.swap(key, 'x', 'z', LONG)
      await store.touch(key, LONG)
      if ((await store.get(key)) !== undefined) t.fail(`${key} is back`)
    })
    t.pass('all of them stayed deleted')
  })

  await setContract(t, store, other)
  await watchContract(t, store, other)

  await t.test('a store that answers says so', async (t) => {
    t.equal(await store.ping(), undefined)
  })
}
