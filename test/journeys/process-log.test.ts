import { test } from 'tap'
import { Client, type ClientResponse } from '../fixtures/client.js'
import { startProcessWorld } from '../fixtures/process-world.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { ALICE } from '../fixtures/world.js'

const PUBLIC =
  /^(?:response_type|scope|redirect_uri|client_id|code_challenge_method|post_logout_redirect_uri)$/

/** Every value of an answer that only this browser may know. */
function secretsOf({ setCookies, headers }: ClientResponse): string[] {
  const cookies = setCookies.map((cookie) => cookie.split(';')[0]?.split('=')[1] ?? '')
  const parameters = headers.location ? [...new URL(headers.location, 'http://x').searchParams] : []
  const values = parameters.flatMap(([name, value]) => (PUBLIC.test(name) ? [] : [value]))
  return [...cookies, ...cookies.flatMap((cookie) => cookie.split('.')), ...values].filter(Boolean)
}

test('the log tells of a sign-in and a sign-out, and holds nothing that could be used', async (t) => {
  const world = await startProcessWorld(t, { headers: { 'X-Access': '$access_token', 'X-Id': '$id_token' } })
  const doorward = await world.serve()
  t.match(await doorward.logged('listening'), {
    level: 'info',
    time: /^\d{4}-\d\d-\d\dT/,
    public: `http://127.0.0.1:${doorward.port}`,
    admin: `http://127.0.0.1:${doorward.adminPort}`,
    tenants: 1,
  })
  const client = new Client()
  const secrets = new Set([world.secret, 'in-the-query'])
  const walk = async (start: string) => {
    let response = await client.get(start)
    for (let { location } = response.headers; location; { location } = response.headers) {
      for (const secret of secretsOf(response)) secrets.add(secret)
      response = await client.get(new URL(location, response.url))
    }
    return response
  }
  t.equal((await walk(world.url('/deep?key=in-the-query'))).status, 200)
  const { headers: sent = {} } = world.upstream.requests.at(-1) ?? {}
  // What goes wrong is logged as well, and it was the wrong things that others printed.
  await client.get(world.url('/oauth2/callback?state=in-the-query&code=in-the-query'))
  await new Client().get(world.url('/oauth2/callback?state=in-the-query&code=in-the-query'))
  await new Client().get(world.url('/oauth2/login?rd=https://evil.example/in-the-query'))
  await client.get(world.url('/hangup?key=in-the-query'))
  const { host } = new URL(world.url())
  await rawRequest(doorward.port, `GET /%zz?key=in-the-query HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await rawRequest(doorward.port, `GET /a HTTP/1.1\r\nHost: ${host}\r\nin-the-query\r\n\r\n`)
  world.org.denyNext('invalid_scope', 'a sentence of the provider')
  await new Client().get(world.url('/'), { redirect: 'follow' })
  await walk(world.url('/oauth2/logout?rd=/bye?key=in-the-query'))
  await world.org.calledTimes('revoke', 1)
  doorward.kill('SIGTERM')
  t.equal(await doorward.exit, 0)

  const whose = { tenant: 'acme', user: ALICE.sub, session: /^[0-9a-f]{32}$/, request_id: /^[0-9a-f]{12}$/ }
  const of = (event: string) => doorward.log.filter((line) => line.event === event)
  t.match(of('login.started')[0], { tenant: 'acme', request_id: /^[0-9a-f]{12}$/ })
  t.match(of('login.succeeded')[0], whose)
  t.match(of('logout'), [whose])
  t.equal(of('logout')[0]?.session, of('login.succeeded')[0]?.session)
  t.match(of('login.failed')[0], { tenant: 'acme', reason: String, request_id: /^[0-9a-f]{12}$/ })

  for (const name of ['x-access', 'x-id']) secrets.add(String(sent[name]))
  for (const endpoint of ['token', 'revoke'] as const) {
    for (const { body, headers } of world.org.requests(endpoint)) {
      secrets.add(String(headers.authorization).split(' ')[1] ?? '')
      for (const name of ['code', 'code_verifier', 'token']) if (body[name]) secrets.add(body[name])
    }
  }
  t.ok(secrets.size > 15, `${secrets.size} secrets`)
  for (const secret of secrets) {
    t.ok(secret.length > 8, 'long enough to look for')
    const told = doorward.log.filter((line) => JSON.stringify(line).includes(secret))
    t.same(told, [], secret.slice(0, 12))
  }
  t.equal(doorward.stderr, '')
})
