import type { Test } from 'tap'
import type { SessionStore } from '../../src/session/store.js'

/** Milliseconds; short enough to be waited for. */
const SHORT = 50
/** Milliseconds; long enough to be prolonged in time, also on a busy machine. */
const MEDIUM = 1000
const LONG = 60_000
const EXPIRY_BOUND = 5000

/** Polls until a record has expired; fails after a bound. */
async function untilGone(store: SessionStore, key: string): Promise<void> {
  const deadline = Date.now() + EXPIRY_BOUND
  while ((await store.get(key)) !== undefined) {
    if (Date.now() > deadline) throw new Error(`${key} did not expire`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const concurrently = <Result>(operation: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: 100 }, (_, index) => operation(index)))

/** What every `SessionStore` promises. The store must be empty and run on the real clock. */
export async function storeContract(t: Test, store: SessionStore): Promise<void> {
  await t.test('a record is read as it was written, under its own key', async (t) => {
    const texts = ['x', '', 'null', '{"value":1}', ':base64:eA==', 'Zoë 😀\r\n\u0000', 'x'.repeat(200_000)]
    for (const [index, text] of texts.entries()) {
      const key = `text:${index}:ü ${'k'.repeat(index)}`
      t.equal(await store.get(key), undefined)
      t.equal(await store.set(key, text, LONG), undefined)
      t.equal(await store.get(key), text)
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
    await store.set('by replace', 'x', LONG)
    t.equal(await store.replace('by replace', 'y', SHORT), true)
    t.equal(await store.add('by claim', SHORT), true)
    await store.set('by touch', 'x', LONG)
    await store.touch('by touch', SHORT)
    await store.set('by a fraction', 'x', 0.25)
    for (const key of ['by set', 'by replace', 'by claim', 'by touch', 'by a fraction'])
      await untilGone(store, key)
    t.equal(await store.replace('by set', 'y', LONG), false, 'an expired record cannot be replaced')
    await store.touch('by set', LONG)
    t.equal(await store.get('by set'), undefined, 'nor touched back to life')
    t.equal(await store.add('by claim', LONG), true, 'an expired claim can be made again')
  })

  await t.test('touching and replacing prolong a record', async (t) => {
    await store.set('the short one', 'x', MEDIUM)
    for (const key of ['touched', 'replaced']) await store.set(key, 'x', MEDIUM)
    await store.touch('touched', LONG)
    await store.replace('replaced', 'y', LONG)
    await untilGone(store, 'the short one')
    t.equal(await store.get('touched'), 'x')
    t.equal(await store.get('replaced'), 'y')
  })

  await t.test('replacing writes only over what is there', async (t) => {
    t.equal(await store.replace('never set', 'x', LONG), false)
    t.equal(await store.get('never set'), undefined)
    await store.set('replace', 'x', LONG)
    t.equal(await store.replace('replace', 'y', LONG), true)
    t.equal(await store.get('replace'), 'y')
    await store.delete('replace')
    t.equal(await store.replace('replace', 'z', LONG), false)
    t.equal(await store.get('replace'), undefined)
  })

  await t.test('of a hundred that claim one thing, one gets it', async (t) => {
    const claims = await concurrently(() => store.add('claimed', LONG))
    t.equal(claims.filter(Boolean).length, 1)
    t.equal(await store.add('claimed', LONG), false)
    t.ok((await concurrently((index) => store.add(`claimed ${index}`, LONG))).every(Boolean))
    await store.set('taken', 'x', LONG)
    t.equal(await store.add('taken', LONG), false)
    t.equal(await store.get('taken'), 'x', 'a refused claim changes nothing')
  })

  await t.test('no replacement or touch that races a deletion brings a record back', async (t) => {
    await concurrently(async (index) => {
      const key = `race ${index}`
      await store.set(key, 'x', LONG)
      await Promise.all([store.replace(key, 'y', LONG), store.delete(key), store.touch(key, LONG)])
      await store.replace(key, 'z', LONG)
      await store.touch(key, LONG)
      if ((await store.get(key)) !== undefined) t.fail(`${key} is back`)
    })
    t.pass('all of them stayed deleted')
  })

  await t.test('a store that answers says so', async (t) => {
    t.equal(await store.ping(), undefined)
  })
}
