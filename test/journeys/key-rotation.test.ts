import { test } from 'tap'
import { startWorld } from '../fixtures/world.js'

const MINUTE = 60_000

test('a key that is announced and then signs is met by nobody, however many sign in', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { now: () => now })
  const { acme } = world.orgs
  await world.client('acme')
  await acme.announceKey()
  now += 6 * MINUTE
  await world.client('acme')
  await acme.rotateKeys()
  await Promise.all(Array.from({ length: 20 }, () => world.client('acme')))
  t.equal(acme.calls.keys, 2)
  await acme.announceKey()
  await acme.rotateKeys({ keepOld: false })
  now += MINUTE
  await Promise.all(Array.from({ length: 20 }, () => world.client('acme')))
  t.equal(acme.calls.keys, 3, 'an emergency costs one call')
  t.same(world.proxy.events('login.failed'), [])
  t.equal(world.orgs.globex.calls.keys, 0)
})

test('while the keys cannot be had, who was here before signs in and refreshes as ever', async (t) => {
  let now = Date.now()
  const settings = { session: { idle_timeout: '2d', max_lifetime: '7d' } }
  const world = await startWorld(t, { settings, now: () => now })
  const { acme } = world.orgs
  const client = await world.client('acme')
  acme.behave('keys', { status: 503 })
  now += 60 * MINUTE
  await world.client('acme')
  t.equal((await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })).status, 200)
  await acme.rotateKeys()
  now += MINUTE
  const page = await (await world.client()).get(world.url('acme'), { redirect: 'follow' })
  t.equal(page.status, 503, 'a key that was never seen waits')
  t.equal((await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })).status, 200)
  t.match(world.proxy.events('session.refreshed').at(-1), { reason: /the keys of .* cannot be had/ })
  acme.behave('keys', undefined)
  now += MINUTE
  await world.client('acme')
})

test('two tenants in one org do not share what one of them has fetched', async (t) => {
  const world = await startWorld(t)
  const { acme } = world.orgs
  await world.client('acme')
  acme.behave('keys', { status: 503 })
  await world.client('acme')
  const page = await (await world.client()).get(world.url('west'), { redirect: 'follow' })
  t.equal(page.status, 503)
  t.equal(acme.calls.keys, 2)
})
