import { test } from 'tap'
import { ALICE, startWorld } from '../fixtures/world.js'

const RULES = [
  { path: '/healthz', access: 'public' },
  { path: '/assets/**', access: 'optional' },
  { path: '/api/**', unauthenticated: 401 },
  { path: '/admin/**', methods: ['GET', 'POST'], require: { groups: ['admins'] } },
  { path: '/vault/**', require: { groups: ['nobody'] } },
]

test('claims that only rules name are asked of UserInfo, at the tenant whose rules they are', async (t) => {
  const world = await startWorld(t, {
    settings: { rules: [{ path: '/lab/**', require: { department: 'R&D' } }] },
    tenants: { west: { rules: [] }, globex: { userinfo: 'never' } },
    okta: { users: [{ ...ALICE, department: 'R&D' }] },
  })
  const alice = await world.client('acme')
  t.equal(world.orgs.acme.calls.userinfo, 1)
  t.equal((await alice.get(world.url('acme', '/lab/1'))).status, 200)
  await world.client('west')
  t.equal(world.orgs.acme.calls.userinfo, 1)
  const bob = await world.client('globex')
  t.equal((await bob.get(world.url('globex', '/lab/1'))).status, 403)
})

test('rules decide who may reach the upstream, and what it is told', async (t) => {
  const world = await startWorld(t, { settings: { rules: RULES } })
  const stranger = await world.client()
  const alice = await world.client('acme')
  const seenUser = () => world.upstream.requests.at(-1)?.headers['x-forwarded-user']

  await t.test('public: forwarded without identity, whoever asks and whatever they claim', async (t) => {
    const spoofed = { headers: { 'X-Forwarded-User': 'root', x_forwarded_user: 'root' } }
    for (const client of [stranger, alice]) {
      t.equal((await client.get(world.url('acme', '/healthz'), spoofed)).status, 200)
      t.equal(seenUser(), undefined)
      t.notMatch(world.upstream.requests.at(-1)?.headers.cookie ?? '', /doorward/)
    }
  })

  await t.test('optional: identity where there is a session', async (t) => {
    t.equal((await stranger.get(world.url('acme', '/assets/app.css'))).status, 200)
    t.equal(seenUser(), undefined)
    t.equal((await alice.get(world.url('acme', '/assets/app.css'))).status, 200)
    t.equal(seenUser(), '00ualice00000001')
  })

  await t.test('unauthenticated: 401 never redirects, and costs no cookie', async (t) => {
    const response = await stranger.get(world.url('acme', '/api/x'))
    t.equal(response.status, 401)
    t.same(response.setCookies, [])
    t.equal((await alice.get(world.url('acme', '/api/x'))).status, 200)
  })

  await t.test('rule not satisfied: a page or JSON with 403, and an event in the log', async (t) => {
    const before = world.upstream.requests.length
    const page = await alice.get(world.url('acme', '/vault/gold'))
    t.equal(page.status, 403)
    t.match(page.text(), /not open to you/)
    const json = await alice.xhr(world.url('acme', '/vault/gold'))
    t.equal(json.status, 403)
    t.match(json.json(), { error: 'forbidden' })
    for (const path of ['/Vault/gold', '/%76ault/gold', '/vault;x/gold', '/vault']) {
      t.equal((await alice.xhr(world.url('acme', path))).status, 403, path)
    }
    t.equal(world.upstream.requests.length, before, 'nothing was forwarded')
    t.match(world.proxy.events('access.denied')[0], {
      tenant: 'acme',
      user: '00ualice00000001',
      reason: 'rules[4] demands another value of the claim groups',
    })
    t.equal((await alice.get(world.url('acme', '/admin/users'))).status, 200)
  })

  await t.test('with no rule that matches, a session is needed', async (t) => {
    t.equal((await stranger.get(world.url('acme', '/'))).status, 302)
    t.equal((await stranger.xhr(world.url('acme', '/healthz/x'))).status, 401)
  })
})
