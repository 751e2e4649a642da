import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { startProcessWorld } from '../fixtures/process-world.js'
import { untilReady } from '../fixtures/readiness.js'
import { startRedis } from '../fixtures/redis.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { ALICE, signIn, startWorld, type World } from '../fixtures/world.js'

const inRedis = (store: string) => ({ session: { store, keys: [randomBytes(32).toString('base64')] } })

async function restart(world: World): Promise<void> {
  await world.restart()
  await untilReady(world.proxy)
}

test('who is signed in stays so when Doorward is restarted, and can sign out after it', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const world = await startWorld(t, { settings: inRedis(redis.url) })
  const client = await world.client('acme')
  const before = client.cookies('acme.localhost')
  await restart(world)
  const response = await client.get(world.url('acme', '/after'))
  t.equal(response.status, 200)
  t.same(response.setCookies, [])
  t.match(world.upstream.requests.at(-1), { url: '/after', headers: { 'x-forwarded-user': ALICE.sub } })
  t.equal(world.orgs.acme.calls.token, 1, 'nobody had to sign in again')

  await client.get(world.url('acme', '/oauth2/logout'))
  client.setCookie('acme.localhost', 'doorward', String(before.doorward))
  await restart(world)
  t.equal((await client.xhr(world.url('acme'))).status, 401, 'signed out is signed out, too')
})

test('a sign-in that began before a restart ends after it', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const world = await startWorld(t, { settings: inRedis(redis.url) })
  const client = await world.client()
  const { headers } = await client.get(world.url('acme', '/deep?x=1'))
  await restart(world)
  t.equal((await signIn(client, String(headers.location))).url, world.url('acme', '/deep?x=1'))
})

test('two processes on one Redis share sessions, sign-ins and sign-outs', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const world = await startProcessWorld(t, inRedis(redis.url))
  const [one, two] = await Promise.all([world.serve(), world.serve({ port: await reservePort() })])
  await Promise.all([one, two].map(untilReady))
  const first = new Client()
  const { headers } = await first.get(world.url('/deep'))
  // The same browser, whom the load balancer sends to the other process.
  const second = new Client({ resolve: { 'acme.localhost': two.port } })
  const hand = (from: Client, to: Client) => {
    for (const [name, value] of Object.entries(from.cookies('acme.localhost')))
      to.setCookie('acme.localhost', name, value)
  }
  hand(first, second)
  t.equal((await signIn(second, String(headers.location))).url, world.url('/deep'), 'begun here, ended there')
  const { doorward } = second.cookies('acme.localhost')
  first.setCookie('acme.localhost', 'doorward', String(doorward))
  t.equal((await first.get(world.url())).status, 200)
  await first.get(world.url('/oauth2/logout'))
  const response = await second.xhr(world.url())
  t.equal(response.status, 401)
  t.match(response.setCookies, [/^doorward=; Max-Age=0; Path=\//])
  t.match(await one.logged('logout'), { tenant: 'acme', user: ALICE.sub })
  t.match(await two.logged('login.succeeded'), { tenant: 'acme', user: ALICE.sub })
})
