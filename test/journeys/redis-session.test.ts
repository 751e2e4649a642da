import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { startProcessWorld } from '../fixtures/process-world.js'
import { type RunningProxy, startProxy } from '../fixtures/proxy.js'
import { untilReady } from '../fixtures/readiness.js'
import { startRedis } from '../fixtures/redis.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { until } from '../fixtures/until.js'
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
  let setCookies: readonly string[] = []
  // Redis tells the other process at the same moment, but not before this one has its answer.
  await until('the other process knows', async () => {
    const response = await second.xhr(world.url())
    setCookies = response.setCookies
    return response.status === 401
  })
  t.match(setCookies, [/^doorward=; Max-Age=0; Path=\//])
  t.match(await one.logged('logout'), { tenant: 'acme', user: ALICE.sub })
  t.match(await two.logged('login.succeeded'), { tenant: 'acme', user: ALICE.sub })
})

test("session keys and Redis' password are replaced on two processes, one after the other: nobody notices", async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const [before, after] = ['0ld', 'n3w'].map((password) => redis.url.replace('//', `//doorward:${password}@`))
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'))
  const world = await startProcessWorld(t)
  const tenant = { id: 'acme', origins: [new URL(world.url()).origin], issuer: world.org.issuer }
  const client = { client_id: '0oa-acme', client_secret: world.secret }
  const serve = (port: number, session: object): Promise<RunningProxy> =>
    startProxy(t, {
      port,
      settings: { upstream: world.upstream.url, session, tenants: [{ ...tenant, ...client }] },
    })
  const ports = [await reservePort(), await reservePort()] as const
  const processes: RunningProxy[] = []
  const dialled = { 'acme.localhost': ports[0] as number }
  const at = (process: 0 | 1) => {
    dialled['acme.localhost'] = ports[process]
  }

  /** Begins at one process and ends at the other. */
  async function arrive(from: 0 | 1): Promise<Client> {
    const person = new Client({ resolve: dialled })
    at(from)
    const { headers } = await person.get(world.url('/deep'))
    at(from === 0 ? 1 : 0)
    await signIn(person, String(headers.location))
    return person
  }

  const people: Client[] = []
  const logs: RunningProxy['log'][] = []
  /** Who has new tokens stays; of the others, those whom the new key has not sealed are gone by max_lifetime. */
  async function letTimePass(): Promise<void> {
    const refreshed = await people[0]?.xhr(world.url('/oauth2/session/refresh'), { method: 'POST' })
    t.equal(refreshed?.status, 200)
    people.splice(1, people.length - 3)
  }
  const setUser =
    (...rules: string[]) =>
    () =>
      redis.command('ACL', 'SETUSER', 'doorward', ...rules)
  const steps: (readonly [change: () => Promise<unknown>, session: object])[] = [
    [setUser('on', '>0ld', '~*', '&*', '+@all'), { store: before, keys: [oldKey] }],
    [setUser('>n3w'), { store: before, keys: [oldKey, newKey] }],
    [async () => undefined, { store: after, keys: [newKey, oldKey] }],
    [() => Promise.all([letTimePass(), setUser('<0ld')()]), { store: after, keys: [newKey] }],
  ]
  for (const [step, [change, session]] of steps.entries()) {
    await change()
    for (const restarted of [0, 1] as const) {
      await processes[restarted]?.stop()
      processes[restarted] = await serve(ports[restarted], session)
      await untilReady(processes[restarted])
      logs.push(processes[restarted].log)
      if (step === 0 && restarted === 0) continue
      for (const from of [0, 1] as const) people.push(await arrive(from))
      for (const process of [0, 1] as const) {
        at(process)
        const answers = await Promise.all(people.map((person) => person.get(world.url())))
        t.ok(
          answers.every(({ status }) => status === 200),
          `step ${step}: everybody is signed in at process ${process}`,
        )
      }
    }
  }
  t.equal(world.org.calls.token, 14 + 1, 'each signed in once, and one had new tokens')
  t.same(
    logs.flat().filter(({ level }) => level === 'error'),
    [],
  )
})
