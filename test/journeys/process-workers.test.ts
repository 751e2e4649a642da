import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { Agent, get, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { redeemed } from '../fixtures/okta/redeemed.js'
import { runDoorward } from '../fixtures/process.js'
import { startSharedWorld } from '../fixtures/process-world.js'
import { writeConfig } from '../fixtures/proxy.js'
import { readiness } from '../fixtures/readiness.js'
import { startRedis } from '../fixtures/redis.js'
import { signInToExpiry } from '../fixtures/roaming-browser.js'
import { spread, tally } from '../fixtures/tally.js'
import { until } from '../fixtures/until.js'
import { childrenOf, connectionsOf, isGone } from '../fixtures/workers.js'

test('two workers serve as one, through a crash and to the end', async (t) => {
  const world = await startSharedWorld(t)
  if (!world) return
  const shutdown = { drain_delay: '1s', timeout: '20s' }
  const doorward = await world.serve({ shutdown, server: { workers: 2 } })
  t.match(doorward.log, [{ msg: 'listening', workers: 2, tenants: 1 }], 'the log says so once')
  const workers = childrenOf(doorward)
  t.equal(workers.length, 2)

  const { org, browser } = await signInToExpiry(world, doorward)
  t.same(await tally(spread(200, [doorward], (at) => browser.ask(at))), { '200': 200 })
  t.equal(redeemed(org).length, 1, 'the tokens are renewed once for both')

  // Whichever of them is asked, it says what all have done.
  const { upstream } = world
  const scrape = () => new Client().get(`http://127.0.0.1:${doorward.adminPort}/metrics`)
  for (const answer of [await scrape(), await scrape()]) {
    const forwarded = /^doorward_requests_total\{(?=.*tenant="acme")(?=.*outcome="forwarded").*\} (\d+)$/m
    t.equal(Number(forwarded.exec(answer.text())?.[1]), upstream.requests.length)
  }

  const { port } = doorward
  const headers = { host: browser.host, cookie: browser.cookie, accept: 'application/json' }
  const agents = Array.from({ length: 10 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  t.teardown(() => {
    for (const agent of agents) agent.destroy()
  })
  const ask = async (agent: Agent, path = '/') => {
    const [response] = await once(get({ port, path, headers, agent }), 'response')
    await text(response)
    return response
  }
  for (const agent of agents) t.equal((await ask(agent)).statusCode, 200)
  // Those of before may take a moment to be gone.
  const held = () => workers.map((pid) => connectionsOf(pid, port))
  await until(
    'they hold these and no other',
    () => held().reduce((sum, count) => sum + count) === agents.length,
  )
  // On a busy machine their turns may come in another order.
  t.ok(Math.min(...held()) >= 3, `connections are shared out: ${held()}`)

  const [victim = 0, other = 0] = workers
  process.kill(victim, 'SIGKILL')
  t.match(await doorward.logged('worker ended; starting another'), { pid: victim, signal: 'SIGKILL' })
  const answers = await Promise.allSettled(agents.map((agent) => ask(agent)))
  t.ok(answers.filter(({ status }) => status === 'fulfilled').length >= 3, 'the other one has not noticed')
  const { pid } = await doorward.logged('another worker listens')
  t.same(childrenOf(doorward), [other, pid], 'there are two again')
  t.equal((await browser.ask(doorward)).status, 200)

  doorward.kill('SIGHUP')
  const looked = () => doorward.log.filter(({ msg }) => msg === 'the configuration has not changed')
  await until('each has read its configuration again', () => looked().length === 2)

  const late = browser.ask(doorward, '/slow')
  await until('it is under way', () => world.upstream.held === 1)
  doorward.kill('SIGTERM')
  // As a terminal does, which signals all of them.
  for (const pid of childrenOf(doorward)) process.kill(pid, 'SIGTERM')
  await doorward.logged('stopping')
  await until('it is not ready', async () => (await readiness(doorward)) === 503)
  t.equal((await browser.ask(doorward)).status, 200, 'while load balancers still look')
  await until('nobody is let in', () =>
    browser.ask(doorward).then(
      () => false,
      ({ code }) => code === 'ECONNREFUSED',
    ),
  )
  world.upstream.release()
  t.equal((await late).text(), 'released')
  t.equal(await doorward.exit, 0)
  t.same(
    doorward.log.map(({ msg }) => msg).filter((msg) => msg === 'stopping' || msg === 'stopped'),
    ['stopping', 'stopped'],
  )
})

test('workers end with the one that started them, and leave the next start a way', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  // tap's own folders are too deep for the 107 bytes of a socket's path.
  const directory = mkdtempSync(join(tmpdir(), 'doorward-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const socketPath = join(directory, 'doorward.sock')
  const file = writeConfig(t, {
    server: { listen: `unix:${socketPath}`, workers: 2, shutdown: { drain_delay: '60s', timeout: '5s' } },
    admin: { listen: '127.0.0.1:0' },
    session: { store: redis.url, keys: [randomBytes(32).toString('base64')] },
    upstream: 'http://127.0.0.1:1',
    tenants: [
      {
        origins: ['http://acme.localhost'],
        issuer: 'http://localhost:2',
        client_id: 'a',
        client_secret: 'of-it',
      },
    ],
  })
  const ask = async () => {
    const headers = { host: 'acme.localhost', accept: 'application/json' }
    const [response] = await once(request({ socketPath, path: '/', headers }).end(), 'response')
    response.resume()
    return response.statusCode
  }
  const killed = runDoorward(t, ['--config', file])
  t.match(await killed.logged('listening'), { public: socketPath, workers: 2 })
  t.same(await Promise.all([ask(), ask(), ask()]), [401, 401, 401])

  const second = runDoorward(t, ['--config', file])
  t.equal(await second.exit, 1, 'a socket that answers is not taken away')
  t.match(second.stderr, /^doorward: server\.listen: .*\(EADDRINUSE\)\n$/, 'and that is said once')
  t.equal(second.stdout, '')
  t.equal(await ask(), 401)

  const orphans = childrenOf(killed)
  killed.kill('SIGKILL')
  await until('its workers are gone', () => orphans.every(isGone))
  t.ok(existsSync(socketPath), 'a stale socket')
  const next = runDoorward(t, ['--config', file])
  await next.logged('listening')
  t.equal(await ask(), 401)

  const workers = childrenOf(next)
  next.kill('SIGTERM')
  await next.logged('stopping')
  next.kill('SIGTERM')
  t.equal(await next.exit, 1, 'a second signal ends all of them at once')
  await until('its workers are gone', () => workers.every(isGone))
})
