import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { ALICE, startWorld } from '../fixtures/world.js'

const TOKEN = 'of-the-admin'

async function startAdministered(t: Parameters<typeof startWorld>[0], admin: object = { token: TOKEN }) {
  const world = await startWorld(t, { settings: { admin } })
  const ask = (path: string, method = 'GET', authorization: string | null = `Bearer ${TOKEN}`) =>
    new Client().xhr(`http://127.0.0.1:${world.proxy.adminPort}/api${path}`, {
      method,
      headers: authorization === null ? {} : { authorization },
    })
  return { world, ask }
}

interface Listed {
  readonly sessions: readonly { readonly id: string; readonly session: string }[]
}

test('an operator sees the tenants, without a secret', async (t) => {
  const { world, ask } = await startAdministered(t)
  const answer = await ask('/tenants')
  t.equal(answer.status, 200)
  t.match(answer.headers, { 'cache-control': 'no-store' })
  const { tenants } = answer.json() as { tenants: object[] }
  t.same(tenants[0], {
    id: 'acme',
    origins: [new URL(world.url('acme')).origin],
    issuer: world.orgs.acme.issuer,
    client_id: '0oa-acme-0',
  })
  t.equal(tenants.length, 3)
  t.notMatch(answer.text(), '_secret')
})

test('an operator finds the sessions of a person, and ends one or all', async (t) => {
  const { world, ask } = await startAdministered(t)
  const clients = [await world.client('acme'), await world.client('acme'), await world.client('acme')]
  const west = await world.client('west')
  const list = async (user: string) => (await ask(`/sessions?tenant=acme&user=${user}`)).json() as Listed
  const { sessions } = await list(ALICE.sub)
  t.equal(sessions.length, 3)
  // Their ends are told from the time that is left, to the millisecond or the next.
  const idsOf = (listed: Listed) => listed.sessions.map(({ id }) => id).sort()
  t.same(idsOf(await list(ALICE.email.toUpperCase())), idsOf({ sessions }), 'by mail address as well')
  t.match(sessions[0], { id: /^acme\.[0-9a-f]{32}$/, tenant: 'acme', idle_ends_at: /^\d{4}-.*Z$/ })
  const logged = world.proxy.events('login.succeeded').map(({ session }) => session)
  for (const { session } of sessions) t.ok(logged.includes(session), 'named as in the log')
  const everything = JSON.stringify(sessions)
  for (const client of clients) {
    for (const part of String(client.cookies('acme.localhost').doorward).split('.'))
      t.notMatch(everything, part)
  }

  t.same((await ask(`/sessions/${sessions[0]?.id}`, 'DELETE')).json(), { ended: 1 })
  t.equal((await ask(`/sessions/${sessions[0]?.id}`, 'DELETE')).status, 404)
  t.equal((await list(ALICE.sub)).sessions.length, 2)
  t.same((await ask(`/sessions?tenant=acme&user=${ALICE.sub}`, 'DELETE')).json(), { ended: 2 })
  for (const client of clients) t.equal((await client.xhr(world.url('acme'))).status, 401)
  t.equal((await west.xhr(world.url('west'))).status, 200, 'the second instance is another tenant')
  t.equal(world.proxy.events('session.ended').length, 3)
  t.match(world.proxy.events('session.ended')[0], { tenant: 'acme', reason: 'ended by an operator' })
})

test('a question that names nobody is refused with what it lacks', async (t) => {
  const { ask } = await startAdministered(t)
  for (const [path, method, status] of [
    ['/sessions', 'GET', 400],
    ['/sessions', 'DELETE', 400],
    ['/sessions?tenant=acme', 'DELETE', 400],
    ['/sessions?tenant=acme&user=', 'DELETE', 400],
    ['/sessions?tenant=acme&tenant=west&user=a', 'DELETE', 400],
    ['/sessions?user=a', 'GET', 400],
    ['/sessions?tenant=nobody&user=a', 'GET', 404],
    ['/sessions/nobody.0', 'DELETE', 404],
    ['/sessions/acme.0', 'DELETE', 404],
    ['/sessions/acme', 'DELETE', 404],
    ['/sessions/acme.0.1', 'DELETE', 404],
    ['/sessions/..%2f..%2f', 'DELETE', 404],
  ] as const) {
    const answer = await ask(path, method)
    t.equal(answer.status, status, `${method} ${path}`)
    t.match(answer.json(), { detail: /\w/ })
  }
})

test('a client that names a type for the body that it does not send is served', async (t) => {
  const { world } = await startAdministered(t)
  const answer = await new Client().xhr(
    `http://127.0.0.1:${world.proxy.adminPort}/api/sessions?tenant=acme&user=nobody`,
    {
      method: 'DELETE',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    },
  )
  t.equal(answer.status, 200)
  t.same(answer.json(), { ended: 0 })
})

test('who does not have the token learns nothing', async (t) => {
  const { ask, world } = await startAdministered(t)
  for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, 'Bearer x', `Basic ${TOKEN}`, TOKEN, null]) {
    for (const [path, method] of [
      ['/tenants', 'GET'],
      ['/sessions?tenant=acme&user=a', 'DELETE'],
      ['/sessions/acme.0', 'DELETE'],
    ] as const) {
      const answer = await ask(path, method, authorization)
      t.match(answer, { status: 401, headers: { 'www-authenticate': 'Bearer' } }, `${authorization} ${path}`)
      t.match(answer.json(), { error: 'invalid_admin_token' })
    }
  }
  t.equal((await new Client().get(`http://127.0.0.1:${world.proxy.adminPort}/livez`)).status, 200)
  const outside = await new Client().xhr(world.url('acme', '/api/tenants'))
  t.equal(outside.status, 401, "on the public listener the path is the app's own")
})

test('without a configured token there is no API, also for who guesses that it is empty', async (t) => {
  const { ask } = await startAdministered(t, {})
  for (const authorization of [`Bearer ${TOKEN}`, 'Bearer', 'Bearer undefined', null]) {
    t.equal((await ask('/tenants', 'GET', authorization)).status, 404)
  }
})
