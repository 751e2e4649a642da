import { test } from 'tap'
import type { ClientResponse } from '../fixtures/client.js'
import { comeBack, formOf, submit } from '../fixtures/kept-form.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { startRedis } from '../fixtures/redis.js'
import { ALICE, startWorld } from '../fixtures/world.js'

const session = { keys: [Buffer.alloc(32, 1).toString('base64')] }

test('where it is known whose session has ended, a form is not sent by itself for anybody else', async (t) => {
  let now = Date.now()
  const okta = { users: [ALICE, { ...ALICE, sub: '00ucarol', login: 'carol', name: 'Carol' }] }
  const world = await startWorld(t, { okta, settings: { session: { idle_timeout: '2h' } }, now: () => now })
  for (const login of ['alice', 'carol']) {
    world.orgs.acme.signInAs('alice')
    const client = await world.client('acme')
    now += 3_600_001
    world.orgs.acme.behave('token', { status: 400, body: { error: 'invalid_grant' }, times: 1 })
    const start = await submit(world, client, 'text=private')
    t.match(world.proxy.events('session.ended').at(-1), { user: ALICE.sub })
    world.orgs.acme.signInAs(login)
    const provider = new URL(String(start.headers.location))
    provider.searchParams.set('prompt', 'login')
    const page = await client.get(provider, { redirect: 'follow' })
    t.equal(formOf(page).sendsItself, login === 'alice', login)
    t.equal(page.text().includes('somebody else had filled in'), login === 'carol')
  }
})

test('forms take no more room than there is, each tenant for itself, and live as long as their sign-in', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { now: () => now })
  const client = await world.client()
  const start = await submit(world, client)
  const callback = String((await client.get(String(start.headers.location))).headers.location)
  const send = (tenant: string, count = 1, path = '/', body = 'a=b') =>
    Promise.all(
      Array.from({ length: count }, () =>
        rawRequest(
          world.port,
          `POST ${path} HTTP/1.1\r\nHost: ${tenant}.localhost\r\nAccept: text/html\r\nConnection: close\r\n` +
            `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        ),
      ),
    )
  // 8 MiB, of which the first form has taken 1 KiB; the path counts, and each takes twice its bytes.
  const answers = await send('acme', 210, `/${'p'.repeat(20_000)}`)
  t.equal(answers.filter((answer) => answer.startsWith('HTTP/1.1 302 ')).length, 209)
  t.equal(answers.filter((answer) => answer.startsWith('HTTP/1.1 401 ')).length, 1, 'as if it were none')
  t.match(await send('acme', 1, '/', 'x='.padEnd(40_000, 'y')), [/^HTTP\/1\.1 401 /])
  t.match(await send('globex'), [/^HTTP\/1\.1 302 /], 'others do not notice')
  now += 600_000
  t.match(await send('acme'), [/^HTTP\/1\.1 302 /], 'ten minutes later there is room')
  t.equal((await client.get(callback)).status, 400, 'and the first is gone, with its sign-in')
})

test('while the store is down a form is refused, and a sign-in may come back for its own later', async (t) => {
  const redis = await startRedis(t, { persistent: true })
  if (!redis) return
  const world = await startWorld(t, { settings: { session: { ...session, store: redis.url } } })
  const client = await world.client()
  const start = await submit(world, client, 'text=kept')
  const callback = String((await client.get(String(start.headers.location))).headers.location)
  await redis.kill()
  const refused = await submit(world, client)
  t.equal(refused.status, 503)
  t.ok(refused.headers['retry-after'])
  t.equal((await client.get(callback)).status, 503)
  await redis.restart()
  const answer = async (): Promise<ClientResponse> => {
    const response = await client.get(callback)
    return response.status === 503 ? answer() : response
  }
  t.same(formOf(await answer()).fields, [['text', 'kept']])
})

test('who signs in and finds the form gone is told', async (t) => {
  const world = await startWorld(t, { settings: { session } })
  const client = await world.client()
  const start = await submit(world, client)
  // What is in memory goes with the process; the cookie of the sign-in stays.
  await world.restart()
  const { page } = await comeBack(client, start)
  t.match(page.text(), /<h1>Your form was not sent<[\s\S]*<a href="\/guestbook\?page=2">Continue</)
  t.equal((await client.get(world.url('acme'))).status, 200)
  t.ok(world.proxy.log.some(({ msg }) => msg === 'the store has lost the form of a sign-in'))
})
