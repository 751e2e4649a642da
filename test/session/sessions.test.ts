import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { createSealer } from '../../src/sealer.js'
import type { Session } from '../../src/session/session.js'
import { createSessions } from '../../src/session/sessions.js'
import { acme, content, globex, MINUTE, startSessions } from './fixture.js'

const change = (session: Session): Session => ({ ...session, recent_logins: [1] })

test('a session opens with its cookie, at its tenant, under its keys, and not otherwise', async (t) => {
  const { clock, store, sessions } = startSessions(t)
  const { cookie, session, key } = await sessions.create(acme, content(clock.now()))
  const other = await sessions.create(acme, content(clock.now()))
  t.same((await sessions.open(acme, cookie))?.session, session)
  const [client] = acme.clients
  const times = { created_at: clock.now(), refreshed_at: clock.now() }
  t.same(session, { ...content(clock.now()), id: key.id, client, ...times })
  t.not(other.cookie, cookie)
  const [id, secret] = cookie.split('.')
  const [otherId, otherSecret] = other.cookie.split('.')
  for (const mixed of [`${id}.${otherSecret}`, `${otherId}.${secret}`, '', id ?? '', `${cookie}.x`]) {
    t.equal(await sessions.open(acme, mixed), undefined, mixed)
  }
  t.equal(await sessions.open(globex, cookie), undefined, "another tenant's cookie")
  const strangers = createSessions({
    store,
    sealer: createSealer([randomBytes(32)]),
    now: clock.now,
    cache: 100,
  })
  t.equal(await strangers.open(acme, cookie), undefined, 'another key ring')
})

test('a record that is moved to another tenant or id opens nothing there', async (t) => {
  const { clock, store, sessions } = startSessions(t)
  const { cookie, key } = await sessions.create(acme, content(clock.now()))
  const victim = await sessions.create(acme, content(clock.now()))
  const record = (await store.get(`session:acme:${key.id}`)) ?? ''
  t.not(record, '')
  await store.set(`session:globex:${key.id}`, record, MINUTE)
  await store.set(`session:acme:${victim.key.id}`, record, MINUTE)
  t.equal(await sessions.open(globex, cookie), undefined)
  t.equal(await sessions.open(acme, victim.cookie), undefined)
  await store.set(`session:acme:${key.id}`, 'garbage', MINUTE)
  t.equal(await sessions.open(acme, cookie), undefined)
})

test('what the store holds says nothing about anybody', async (t) => {
  const { clock, store, sessions } = startSessions(t)
  const { key } = await sessions.create(acme, content(clock.now()))
  const record = (await store.get(`session:acme:${key.id}`)) ?? ''
  const bytes = record + Buffer.from(record, 'base64url').toString('latin1')
  for (const part of ['alice', 'AT-1', 'RT-1', 'IT-1', key.secret.toString('base64url')])
    t.notOk(bytes.includes(part), part)
})

test('a session ends when it is idle for too long, unless it is used', async (t) => {
  const { clock, sessions } = startSessions(t)
  const idle = await sessions.create(acme, content(clock.now()))
  const used = await sessions.create(acme, content(clock.now()))
  clock.pass(59 * MINUTE)
  await sessions.touch(acme, used)
  clock.pass(MINUTE)
  t.equal(await sessions.open(acme, idle.cookie), undefined)
  t.ok(await sessions.open(acme, used.cookie))
  clock.pass(60 * MINUTE)
  t.equal(await sessions.open(acme, used.cookie), undefined)
})

test('a session ends at its absolute lifetime, however much it is used', async (t) => {
  const { clock, sessions } = startSessions(t)
  const opened = await sessions.create(acme, content(clock.now()))
  for (let minute = 0; minute < 719; minute += 1) {
    clock.pass(MINUTE)
    await sessions.touch(acme, opened)
  }
  t.ok(await sessions.open(acme, opened.cookie))
  t.ok(await sessions.update(acme, opened.key, change))
  clock.pass(MINUTE)
  t.equal(await sessions.open(acme, opened.cookie), undefined)
  t.notOk(await sessions.update(acme, opened.key, change), 'and changing does not prolong it')
})

test('a session lives by the lifetimes of the moment, also when they became shorter', async (t) => {
  const { clock, sessions } = startSessions(t)
  const { cookie } = await sessions.create(acme, content(clock.now()))
  const shorter = { ...acme, lifetimes: { ...acme.lifetimes, max_lifetime: 10 * MINUTE } }
  clock.pass(10 * MINUTE)
  t.equal(await sessions.open(shorter, cookie), undefined)
  t.ok(await sessions.open(acme, cookie))
})

test('a session is over when its tenant has become another client, and is not when the client has one more name', async (t) => {
  const { clock, sessions } = startSessions(t)
  const opened = await sessions.create(acme, content(clock.now()))
  t.ok(await sessions.open(acme, opened.cookie), 'and it is cached')
  const moved = { ...acme, clients: ['0oa-acme https://login.acme.example', ...acme.clients] }
  t.ok(await sessions.open(moved, opened.cookie))
  for (const client of ['0oa-other https://acme.okta.example', '0oa-acme https://other.okta.example']) {
    const other = { ...acme, clients: [client] }
    t.equal(await sessions.open(other, opened.cookie), undefined, client)
    t.equal(await sessions.reopen(other, opened.key), undefined, client)
    t.equal(await sessions.update(other, opened.key, change), undefined, client)
  }
  t.ok(await sessions.open(acme, opened.cookie), 'nothing has been lost')
})

test('who asks as another client gets no session, though somebody has just asked as the one before', async (t) => {
  const { clock, sessions } = startSessions(t)
  const { cookie } = await sessions.create(acme, content(clock.now()))
  const other = { ...acme, clients: ['0oa-other https://acme.okta.example'] }
  const [before, after] = await Promise.all([sessions.open(acme, cookie), sessions.open(other, cookie)])
  t.ok(before)
  t.equal(after, undefined)
})

test('a session that ended stays ended: no change, touch or retirement brings it back', async (t) => {
  const { clock, sessions } = startSessions(t)
  const opened = await sessions.create(acme, content(clock.now()))
  await sessions.end(acme, opened)
  clock.pass(30 * MINUTE)
  await sessions.touch(acme, opened)
  await sessions.retire(acme, opened)
  t.equal(await sessions.update(acme, opened.key, change), undefined)
  t.equal(await sessions.open(acme, opened.cookie), undefined)
  await sessions.end(acme, opened)
  t.pass('ending twice is no error')
})

test('every listener hears the id of a session that has changed or ended', async (t) => {
  const { clock, sessions } = startSessions(t)
  const opened = await sessions.create(acme, content(clock.now()))
  const { id } = opened.key
  const heard: (string | undefined)[] = []
  sessions.onChange((name) => heard.push(name))
  await sessions.retire(acme, opened)
  t.same(heard.splice(0), [id])
  await sessions.end(acme, opened)
  t.same(heard.splice(0), [id])
  await sessions.end(acme, opened)
  t.same(heard, [], 'there was nothing left to end')
})

test('of many who change one session at once each sees what the others did', async (t) => {
  const { clock, sessions } = startSessions(t)
  const { key } = await sessions.create(acme, content(clock.now()))
  const add = (login: number) =>
    sessions.update(acme, key, (latest) => ({ ...latest, recent_logins: [...latest.recent_logins, login] }))
  const logins = Array.from({ length: 50 }, (_, index) => index)
  await Promise.all(logins.map(add))
  const { session } = (await sessions.reopen(acme, key)) ?? {}
  t.same(
    [...(session?.recent_logins ?? [])].sort((a, b) => a - b),
    logins,
  )
  const unchanged = await sessions.update(acme, key, () => undefined)
  t.same(unchanged?.session, session, 'who changes nothing gets it as it is')
})

test("ending needs the owner: another tenant's end changes nothing", async (t) => {
  const { clock, sessions } = startSessions(t)
  const opened = await sessions.create(acme, content(clock.now()))
  await sessions.end(globex, opened)
  t.ok(await sessions.open(acme, opened.cookie))
})

test('a session that a new login replaced lives for half a minute, whoever still uses it', async (t) => {
  const { clock, sessions } = startSessions(t)
  const opened = await sessions.create(acme, content(clock.now()))
  await sessions.retire(acme, opened)
  clock.pass(29_999)
  t.ok(await sessions.open(acme, opened.cookie))
  await sessions.touch(acme, opened)
  clock.pass(1)
  t.equal(await sessions.open(acme, opened.cookie), undefined)
})

test('ending a session ends the one that it has replaced', async (t) => {
  const { clock, sessions } = startSessions(t)
  const replaced = await sessions.create(acme, content(clock.now()))
  await sessions.retire(acme, replaced)
  const successor = { ...content(clock.now()), predecessor: replaced.key.id }
  await sessions.end(acme, await sessions.create(acme, successor))
  t.equal(await sessions.open(acme, replaced.cookie), undefined)
})
