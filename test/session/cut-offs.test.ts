import { randomBytes } from 'node:crypto'
import { type Test, test } from 'tap'
import { createSealer } from '../../src/sealer.js'
import type { SessionSubject } from '../../src/session/session-subject.js'
import { createSessions } from '../../src/session/sessions.js'
import type { SessionStore } from '../../src/session/store.js'
import { startRedis } from '../fixtures/redis.js'
import { acme, content, globex, MINUTE, startSessions } from './fixture.js'
import { openRedis, untilReady } from './redis-fixture.js'

const CLAIMS = { sub: 'alice', email: 'Alice@Acme.example', iss: 'https://acme.example', sid: 'sign-in-1' }
const SUBJECTS: readonly SessionSubject[] = [
  { sub: 'alice' },
  { email: 'alice@acme.EXAMPLE' },
  { iss: CLAIMS.iss, sid: CLAIMS.sid },
]
const REFUSED = { code: 'invalid_callback', reason: /a logout came/ }
const BEFORE = 1000

/** Each store with sessions of two processes; what the first writes can be made to wait. */
const STORES: { readonly [name: string]: (t: Test) => Promise<ReturnType<typeof twoProcesses> | undefined> } =
  {
    memory: async (t) => inMemory(t),
    redis: async (t) => {
      const redis = await startRedis(t)
      if (!redis) return undefined
      const { store } = openRedis(t, redis.url)
      await untilReady(store)
      return twoProcesses(store, Date.now)
    },
  }

function twoProcesses(store: SessionStore, now: () => number) {
  const sealer = createSealer([randomBytes(32)])
  const hooks: { beforeSet?: () => Promise<void>; afterSet?: () => Promise<void> } = {}
  const hooked: SessionStore = {
    ...store,
    async set(...record) {
      await hooks.beforeSet?.()
      await store.set(...record)
      await hooks.afterSet?.()
    },
  }
  const one = createSessions({ store: hooked, sealer, now, cache: 10 })
  const two = createSessions({ store, sealer, now, cache: 10 })
  /** As a logout of the provider does. */
  const logout = async (subject: SessionSubject, owner = acme) => {
    await two.cutOff(owner, [subject])
    const found = await two.find(owner, subject)
    await Promise.all(found.map(({ id }) => two.endById(owner, id)))
    return found.length
  }
  const signIn = (begunAt?: number, claims: typeof CLAIMS = CLAIMS) =>
    one.create(acme, { ...content(now()), identity: { sub: claims.sub, claims } }, begunAt)
  return { one, two, hooks, logout, signIn, now, store }
}

function inMemory(t: Test) {
  const { store, clock } = startSessions(t)
  return { ...twoProcesses(store, clock.now), clock }
}

for (const [name, start] of Object.entries(STORES)) {
  test(`${name}: a login under way does not survive a logout, whoever comes first`, async (t) => {
    const world = await start(t)
    if (!world) return
    const { hooks, logout, signIn, two, now } = world
    for (const subject of SUBJECTS) {
      const what = JSON.stringify(subject)
      hooks.beforeSet = async () => void t.equal(await logout(subject), 0, 'there is nothing to be found yet')
      await t.rejects(signIn(now() - BEFORE), REFUSED, `${what} before the record`)
      delete hooks.beforeSet
      hooks.afterSet = async () => void t.equal(await logout(subject), 1, 'it is found')
      await t.rejects(signIn(now() - BEFORE), REFUSED, `${what} after the record`)
      delete hooks.afterSet
      await logout(subject)
      await t.rejects(signIn(now() - BEFORE), REFUSED, `${what} before all of it`)
    }
    t.same(await two.find(acme, { sub: 'alice' }), [], 'nothing is left')
    const { cookie } = await signIn(now())
    t.ok(await two.open(acme, cookie), 'who begins afterwards is not held up')
    t.equal(await logout({ sub: 'alice' }), 1, 'and the next logout finds the session')
    t.equal(await two.open(acme, cookie), undefined)
  })
}

test('a logout concerns those whom it names, at its tenant', async (t) => {
  const { logout, signIn, now } = inMemory(t)
  await logout({ sub: 'bob' })
  await logout({ email: 'bob@acme.example' })
  await logout({ iss: CLAIMS.iss, sid: 'sign-in-2' })
  await logout({ iss: 'https://other.example', sid: CLAIMS.sid })
  await logout({ sub: CLAIMS.email })
  for (const subject of SUBJECTS) await logout(subject, globex)
  await t.resolves(signIn(now() - BEFORE))
})

test('a logout is forgotten when no login can have begun before it', async (t) => {
  const { logout, signIn, store, clock } = inMemory(t)
  const kept = new Set<string>()
  const { set } = store
  store.set = (key, value, ttl) => {
    kept.add(`${key.split(':')[0]} ${ttl / MINUTE}`)
    return set(key, value, ttl)
  }
  for (const subject of SUBJECTS) await logout(subject)
  t.same([...kept].sort(), ['cut-off 15', 'cut-off 2'])
  await t.rejects(signIn(clock.now() - 10 * MINUTE), REFUSED)
})

test('a login is cut off also where a process has another order of session keys', async (t) => {
  const { store, clock } = startSessions(t)
  const [older, newer] = [randomBytes(32), randomBytes(32)]
  const rings = [[older], [newer, older], [older, newer]].map((keys) =>
    createSessions({ store, sealer: createSealer(keys), now: clock.now, cache: 1 }),
  )
  for (const [at, ending] of rings.entries()) {
    const sub = `person-${at}`
    await ending.cutOff(acme, [{ sub }])
    for (const signingIn of rings) {
      const session = { ...content(clock.now()), identity: { sub, claims: { sub } } }
      await t.rejects(signingIn.create(acme, session, clock.now() - 1), REFUSED)
    }
  }
})

test('a name that a refresh brings while its logout is under way ends the session', async (t) => {
  const { one, two, signIn, clock } = inMemory(t)
  const identity = { sub: 'alice', claims: { ...CLAIMS, email: 'adams@acme.example' } }
  const rename = ({ key }: Awaited<ReturnType<typeof signIn>>) =>
    one.update(acme, key, (latest) => ({ ...latest, identity }))
  const [early, late] = [await signIn(), await signIn()]
  clock.pass(BEFORE)
  await two.cutOff(acme, [{ email: 'alice@acme.example' }])
  t.ok(await rename(early), 'the name that has gone is somebody else')
  await two.cutOff(acme, [{ email: 'adams@acme.example' }])
  t.same(await two.find(acme, { email: 'adams@acme.example' }), [
    { id: early.key.id, idle_left: 60 * MINUTE },
  ])
  t.equal(await rename(late), undefined)
  t.equal(await two.open(acme, late.cookie), undefined)
  t.ok(await rename(early), 'who had the name before is found by the logout')
})

test('the names of those who are signed out say nothing about anybody', async (t) => {
  const { two, store } = inMemory(t)
  const names: string[] = []
  const { set } = store
  store.set = (key, ...rest) => {
    names.push(key)
    return set(key, ...rest)
  }
  await two.cutOff(acme, SUBJECTS)
  t.equal(names.length, 3)
  for (const name of names) t.match(name, /^cut-off:acme:[\w-]{22}$/)
})

test('a sign-in that cannot be compared with the logouts leaves no session behind', async (t) => {
  const { store, clock } = startSessions(t)
  const failing: SessionStore = {
    ...store,
    timeLeft: (name) =>
      name.startsWith('cut-off:') ? Promise.reject(new Error('gone')) : store.timeLeft(name),
  }
  const sealer = createSealer([randomBytes(32)])
  const sessionsOver = (each: SessionStore) =>
    createSessions({ store: each, sealer, now: clock.now, cache: 10 })
  await t.rejects(sessionsOver(failing).create(acme, content(clock.now())), /gone/)
  t.same(await sessionsOver(store).find(acme, { sub: content(clock.now()).identity.sub }), [])
})

test('sign-ins that anybody can make up fill no store with notes', async (t) => {
  const { store, clock } = startSessions(t)
  let notes = 0
  const counting: SessionStore = {
    ...store,
    set: async (name, ...rest) => {
      if (name.startsWith('cut-off:')) notes++
      return store.set(name, ...rest)
    },
  }
  const sessions = createSessions({
    store: counting,
    sealer: createSealer([randomBytes(32)]),
    now: clock.now,
    cache: 10,
  })
  for (let sid = 0; sid < 3000; sid++)
    await sessions.cutOff(acme, [{ iss: CLAIMS.iss, sid: `made-up-${sid}` }])
  t.equal(notes, 1024)
  await sessions.cutOff(globex, [{ iss: CLAIMS.iss, sid: 'another tenant' }])
  await sessions.cutOff(acme, [{ sub: 'alice' }])
  t.equal(notes, 1026, 'other tenants, and logouts that prove who sends them, are not concerned')
})
