import { writeFileSync } from 'node:fs'
import { test } from 'tap'
import type { Okta } from '../fixtures/okta.js'
import { startWorld, type World } from '../fixtures/world.js'

const HOUR = 3_600_000

/** Replaces the secret that the org takes from the first app of Acme. */
const rotate = (world: World, client_secret: string) =>
  world.orgs.acme.addClient({
    client_id: '0oa-acme-0',
    client_secret,
    redirect_uris: [world.url('acme', '/oauth2/callback')],
    post_logout_redirect_uris: [world.url('acme', '/oauth2/logout/callback')],
  })

// What a generator, or a person, may come up with; at a provider that decodes it, the raw form is malformed.
const ODD = 'a-_.~%+: z%4&100%'

const secretsSent = (org: Okta): string[] =>
  org
    .requests('token')
    .map(({ headers }) => Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString())
    .map((pair) => pair.replace('0oa-acme-0:', ''))

test('a secret is rotated while its sessions refresh, and nobody notices', async (t) => {
  let now = Date.now()
  const tenants = { acme: { client_secret: ['new_secret', 'acme-0_secret'] } }
  const settings = { session: { idle_timeout: '12h' } }
  const world = await startWorld(t, { settings, tenants, now: () => now })
  const { acme } = world.orgs
  const clients = await Promise.all(Array.from({ length: 5 }, () => world.client('acme')))
  const refreshAll = async () => {
    now += HOUR + 1
    const answers = await Promise.all(clients.map((client) => client.xhr(world.url('acme', '/echo'))))
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  }
  await refreshAll()
  const before = secretsSent(acme).length
  await refreshAll()
  t.same(secretsSent(acme).slice(before), Array(5).fill('acme-0_secret'), 'the one that works is remembered')
  await rotate(world, 'new_secret')
  await refreshAll()
  const after = secretsSent(acme).length
  await refreshAll()
  t.same(secretsSent(acme).slice(after), Array(5).fill('new_secret'))
  await world.client('acme')
  t.same(world.proxy.events('session.refresh_failed'), [])
  t.same(world.proxy.events('session.ended'), [])
})

test('a secret file is swapped without a restart, and what was wrong meanwhile ends no session', async (t) => {
  let now = Date.now()
  const file = `${t.testdir({ secret: 'acme-0_secret\n' })}/secret`
  const settings = { session: { idle_timeout: '12h' } }
  const tenants = { acme: { client_secret: { file } } }
  const world = await startWorld(t, { settings, tenants, now: () => now })
  const client = await world.client('acme')
  await rotate(world, 'new_secret')
  now += HOUR + 1
  t.equal((await client.xhr(world.url('acme'))).status, 200, 'served with what is known')
  t.match(world.proxy.events('session.refresh_failed'), [{ tenant: 'acme', reason: /^invalid_client: / }])
  writeFileSync(file, 'new_secret\n')
  now += 5000
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  t.equal(world.proxy.events('session.refreshed').length, 1)
})

test('a wrong secret is one call a sign-in, and the page does not say why', async (t) => {
  const tenants = { acme: { client_secret: ['wrong-1', 'wrong-2'] } }
  const world = await startWorld(t, { tenants })
  for (const calls of [2, 3, 4]) {
    const client = await world.client()
    const page = await client.get(world.url('acme'), { redirect: 'follow' })
    t.equal(page.status, 500)
    t.notMatch(page.text(), /secret|invalid_client/)
    t.equal(world.orgs.acme.calls.token, calls)
  }
  t.match(world.proxy.events('login.failed'), [{ reason: /^invalid_client: / }])
})

for (const rawBasic of [true, false]) {
  const kind = rawBasic ? 'takes secrets as they are' : 'decodes them'
  test(`a secret may hold any character, at a provider that ${kind}`, async (t) => {
    const tenants = { acme: { client_secret: ODD } }
    const world = await startWorld(t, { okta: { rawBasic }, tenants })
    const { acme } = world.orgs
    await rotate(world, ODD)
    const client = await world.client('acme')
    const { token } = acme.calls
    t.ok(token <= 2)
    await world.client('acme')
    t.equal((await client.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })).status, 200)
    t.equal(acme.calls.token, token + 2, 'the form that works is remembered')
    await client.get(world.url('acme', '/oauth2/logout'), { headers: { 'sec-fetch-site': 'same-origin' } })
    await acme.calledTimes('revoke', 1)
    t.match(
      acme.requests('revoke'),
      [acme.requests('token').at(-1)].map((call) => ({
        headers: { authorization: call?.headers.authorization },
      })),
    )
  })

  test(`two secrets of any characters rotate without a failed sign-in, at a provider that ${kind}`, async (t) => {
    const tenants = { acme: { client_secret: [`${ODD}new`, `+${ODD.replaceAll('%', '')}`] } }
    const world = await startWorld(t, { okta: { rawBasic }, tenants })
    const [newer, older] = tenants.acme.client_secret
    await rotate(world, String(older))
    await world.client('acme')
    world.orgs.acme.setSecondSecret('0oa-acme-0', newer)
    await world.client('acme')
    await rotate(world, String(newer))
    world.orgs.acme.setSecondSecret('0oa-acme-0', undefined)
    await world.client('acme')
    await world.restart()
    await world.client('acme')
    t.same(world.proxy.events('login.failed'), [])
  })
}
