import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { createSealer } from '../../src/sealer.js'
import { createSessions } from '../../src/session/sessions.js'
import { acme, content, globex, MINUTE, startSessions } from './fixture.js'

const whose = (claims: { sub: string; [name: string]: string }, now: number) => ({
  ...content(now),
  identity: { sub: claims.sub, claims },
})
const ALICE = { sub: 'alice', email: 'Alice@Acme.example', iss: 'https://acme.example', sid: 'sign-in-1' }

test('sessions are found by person, by mail address and by sign-in, within their tenant', async (t) => {
  const { clock, sessions } = startSessions(t)
  const create = (claims: typeof ALICE, owner = acme) => sessions.create(owner, whose(claims, clock.now()))
  const first = await create(ALICE)
  const second = await create({ ...ALICE, sid: 'sign-in-2' })
  await create({ ...ALICE, sub: 'bob', email: 'bob@acme.example', sid: 'sign-in-3' })
  const elsewhere = await create(ALICE, globex)
  const ids = async (...question: Parameters<typeof sessions.find>) =>
    (await sessions.find(...question)).map(({ id }) => id).sort()
  const both = [first.key.id, second.key.id].sort()
  t.same(await ids(acme, { sub: 'alice' }), both)
  t.same(await ids(acme, { email: 'alice@acme.EXAMPLE' }), both, 'without case')
  t.same(await ids(acme, { iss: ALICE.iss, sid: 'sign-in-2' }), [second.key.id])
  t.same(await ids(acme, { iss: 'https://evil.example', sid: 'sign-in-2' }), [])
  t.same(await ids(globex, { sub: 'alice' }), [elsewhere.key.id])
  // Two instances in one org may be told the same sign-in.
  t.same(await ids(acme, { iss: ALICE.iss, sid: ALICE.sid }), [first.key.id])
  t.same(await ids(globex, { iss: ALICE.iss, sid: ALICE.sid }), [elsewhere.key.id])
  t.same(await ids(acme, { sub: 'Alice' }), [], 'a sub has a case')
  t.same(await ids(acme, { sub: ALICE.email }), [], 'a mail address is no sub')
  t.same(await sessions.find(acme, { sub: 'alice' }).then(([one]) => one?.idle_left), 60 * MINUTE)
})

test('a session that has ended is found no more, and leaves nothing behind', async (t) => {
  const { clock, sessions, store } = startSessions(t)
  const members: string[] = []
  const { include } = store
  store.include = (key, ...rest) => {
    members.push(key)
    return include(key, ...rest)
  }
  const watching = createSessions({
    store,
    sealer: createSealer([randomBytes(32)]),
    now: clock.now,
    cache: 1,
  })
  for (let count = 0; count < 100; count += 1) {
    const opened = await watching.create(acme, whose(ALICE, clock.now()))
    if (count % 2 === 0) await watching.touch(acme, opened)
    await watching.end(acme, opened)
  }
  t.equal(new Set(members).size, 3)
  for (const key of members) t.same(await store.members(key), [])
  t.same(await watching.find(acme, { sub: 'alice' }), [])
  t.same(await sessions.find(acme, { sub: 'alice' }), [])
})

test('a session can be found for as long as it lives, and goes from the index with its time', async (t) => {
  const { clock, sessions } = startSessions(t)
  const opened = await sessions.create(acme, whose(ALICE, clock.now()))
  for (let hour = 0; hour < 5; hour += 1) {
    clock.pass(50 * MINUTE)
    await sessions.touch(acme, opened)
    t.equal((await sessions.find(acme, { sub: 'alice' })).length, 1)
  }
  clock.pass(60 * MINUTE)
  t.same(await sessions.find(acme, { sub: 'alice' }), [])
})

test('a mail address that changes at a refresh is found under the new one', async (t) => {
  const { clock, sessions } = startSessions(t)
  const { key } = await sessions.create(acme, whose(ALICE, clock.now()))
  const identity = { sub: 'alice', claims: { ...ALICE, email: 'adams@acme.example' } }
  await sessions.update(acme, key, (latest) => ({ ...latest, identity }))
  t.equal((await sessions.find(acme, { email: 'adams@acme.example' })).length, 1)
  t.same(
    await sessions.find(acme, { email: ALICE.email }),
    [],
    'whoever has the old one now is somebody else',
  )
  t.equal((await sessions.find(acme, { sub: 'alice' })).length, 1)
})

test('the index outlives a rotation of the session keys', async (t) => {
  const { clock, store } = startSessions(t)
  const [older, newer] = [randomBytes(32), randomBytes(32)]
  const before = createSessions({ store, sealer: createSealer([older]), now: clock.now, cache: 1 })
  const after = createSessions({ store, sealer: createSealer([newer, older]), now: clock.now, cache: 1 })
  const opened = await before.create(acme, whose(ALICE, clock.now()))
  t.equal((await after.find(acme, { sub: 'alice' })).length, 1)
  clock.pass(30 * MINUTE)
  await after.touch(acme, opened)
  t.equal((await after.find(acme, { sub: 'alice' })).length, 1, 'under both keys, told once')
  await after.end(acme, opened)
  t.same(await after.find(acme, { sub: 'alice' }), [])
})

test('a session is ended by its id, without its cookie, and only at its own tenant', async (t) => {
  const { clock, sessions } = startSessions(t)
  const { cookie, key } = await sessions.create(acme, whose(ALICE, clock.now()))
  t.equal(await sessions.endById(globex, key.id), false)
  t.ok(await sessions.open(acme, cookie))
  t.equal(await sessions.endById(acme, key.id), true)
  t.equal(await sessions.open(acme, cookie), undefined)
  t.equal(await sessions.endById(acme, key.id), false)
})

test('the names in the store say nothing about anybody', async (t) => {
  const { clock, sessions, store } = startSessions(t)
  const names: string[] = []
  const { include } = store
  store.include = (key, ...rest) => {
    names.push(key)
    return include(key, ...rest)
  }
  await sessions.create(acme, whose(ALICE, clock.now()))
  t.equal(names.length, 3)
  for (const name of names) t.match(name, /^index:acme:[\w-]{22}$/)
})
