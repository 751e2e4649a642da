import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { Client } from '../fixtures/client.js'
import { until } from '../fixtures/until.js'
import { startWorld, type World } from '../fixtures/world.js'

interface Settings {
  tenants: { id: string; [key: string]: unknown }[]
  [key: string]: unknown
}

/** Edits the configuration in place, and waits until that counts or is refused. */
async function edit({ proxy }: Pick<World, 'proxy'>, change: (settings: Settings) => void): Promise<void> {
  const settings = JSON.parse(readFileSync(proxy.configFile, 'utf8')) as Settings
  change(settings)
  writeFileSync(proxy.configFile, JSON.stringify(settings))
  await proxy.reload()
}

/** Edits one tenant. */
const editTenant = (world: World, id: string, keys: object) =>
  edit(world, ({ tenants }) => {
    Object.assign(tenants.find((tenant) => tenant.id === id) ?? {}, keys)
  })

const readyz = async ({ proxy }: World) => new Client().get(`http://127.0.0.1:${proxy.adminPort}/readyz`)

const figures = async ({ proxy }: World) =>
  (await new Client().get(`http://127.0.0.1:${proxy.adminPort}/metrics`)).text()

test('a tenant comes and goes without a restart, and who is signed in at another one notices nothing', async (t) => {
  const world = await startWorld(t)
  const alice = await world.client('acme')
  const added = {
    id: 'new',
    origins: [`http://new.localhost:${world.port}`],
    issuer: world.orgs.globex.issuer,
    client_id: '0oa-new',
    client_secret: 's3cret',
  }
  const url = `http://new.localhost:${world.port}/`
  t.equal((await alice.get(url)).status, 421)
  const listTenants = (token: string) =>
    alice.get(`http://127.0.0.1:${world.proxy.adminPort}/api/tenants`, {
      headers: { authorization: `Bearer ${token}` },
    })
  t.equal((await listTenants('t0ken')).status, 404, 'without a token there is no API')
  await edit(world, (settings) => {
    settings.tenants.push(added)
    Object.assign(settings.admin as object, { token: 't0ken' })
  })
  t.equal((await listTenants('an0ther')).status, 401)
  t.match((await listTenants('t0ken')).text(), '"id":"new"')
  t.match(await alice.get(url), { status: 302, headers: { location: /client_id=0oa-new/ } })
  await edit(world, (settings) => {
    settings.tenants = settings.tenants.filter(({ id }) => id !== 'new' && id !== 'globex')
  })
  t.equal((await alice.get(url)).status, 421)
  t.equal((await alice.get(world.url('globex'))).status, 421)
  t.equal((await alice.get(world.url('acme', '/echo'))).status, 200, 'the session is as before')
  t.match(world.proxy.events('config.reloaded'), [
    { level: 'info', generation: 2, tenants: 4, added: 'new', changed: 'none', removed: 'none' },
    { generation: 3, tenants: 2, added: 'none', changed: 'none', removed: 'globex new' },
  ])
  const now = await figures(world)
  t.match(now, /^doorward_config_generation 3$/m)
  t.match(now, /^doorward_tenants 2$/m)
  t.notMatch(now, 'tenant="globex"', 'of whom nothing is counted any more')
  await world.proxy.reload()
  t.equal(world.proxy.events('config.reloaded').length, 2, 'files that say the same change nothing')
})

test('a request sees one configuration, whole, and none is lost while they change', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  t.teardown(() => agent.destroy())
  const headers = {
    host: `acme.localhost:${world.port}`,
    cookie: `doorward=${client.cookies('acme.localhost').doorward}`,
    'x-one': 'spoofed',
    'x-other': 'spoofed',
  }
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const path = '/healthz'
      get({ port: world.port, host: '127.0.0.1', path, headers, agent }, (answer: IncomingMessage) => {
        answer.resume().once('end', () => resolve(answer.statusCode))
      }).once('error', reject)
    })
  const answers: Promise<number | undefined>[] = []
  for (let round = 0; round < 6; round += 1) {
    const name = round % 2 === 0 ? 'X-One' : 'X-Other'
    for (let count = 0; count < 25; count += 1) answers.push(ask())
    await edit(world, (settings) => {
      settings.headers = { [name]: 'sub', 'X-Round': '$tenant' }
      settings.rules = [{ path: '/healthz', require: { sub: [`nobody-${round}`, '00ualice00000001'] } }]
    })
  }
  t.same(new Set(await Promise.all(answers)), new Set([200]))
  const seen = world.upstream.requests.filter(({ url }) => url === '/healthz')
  t.equal(seen.length, 150)
  for (const request of seen) {
    const { 'x-one': one = 'spoofed', 'x-other': other = 'spoofed', 'x-round': round } = request.headers
    // Of one configuration: its own header names the person, and the other is the client's own affair.
    const own = [one, other].filter((value) => value !== 'spoofed')
    t.same(own, round === undefined ? [] : ['00ualice00000001'])
  }
  t.equal(world.proxy.events('config.reloaded').length, 6)
})

test('streams of a tenant that has gone are closed, and those of others stay open', async (t) => {
  const world = await startWorld(t)
  const open = async (tenant: 'acme' | 'globex', path: string) => {
    const client = await world.client(tenant)
    const cookie = `doorward=${client.cookies(`${tenant}.localhost`).doorward}`
    const headers = { host: `${tenant}.localhost:${world.port}`, cookie, accept: 'text/event-stream' }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { port: world.port, host: '127.0.0.1', path, headers, agent: false }
      get(options, resolve).once('error', reject)
    })
    let isOpen = true
    answer.resume().once('close', () => {
      isOpen = false
    })
    answer.on('error', () => undefined)
    t.teardown(() => answer.destroy())
    return () => isOpen
  }
  const openWebSocket = async (tenant: 'acme' | 'globex') => {
    const client = await world.client(tenant)
    const headers = { cookie: `doorward=${client.cookies(`${tenant}.localhost`).doorward}` }
    const host = `${tenant}.localhost:${world.port}`
    const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, { headers: { ...headers, host } })
    t.teardown(() => socket.terminate())
    await once(socket, 'open')
    return () => socket.readyState === WebSocket.OPEN
  }
  const [acme, globex] = [await open('acme', '/sse'), await open('globex', '/sse')]
  const [acmeSocket, globexSocket] = [await openWebSocket('acme'), await openWebSocket('globex')]
  await editTenant(world, 'globex', { headers: { 'X-New': 'sub' } })
  t.ok(globex(), 'a changed header or rule counts from the next request on')
  await edit(world, (settings) => {
    settings.tenants = settings.tenants.filter(({ id }) => id !== 'globex')
  })
  await until('its streams are closed', () => !globex() && !globexSocket())
  t.ok(acme() && acmeSocket())
  await editTenant(world, 'acme', { client_id: '0oa-acme-other' })
  await until('the sessions behind them are over', () => !acme() && !acmeSocket())
})

test('a tenant that becomes another client asks everybody to sign in again, logins under way included', async (t) => {
  const world = await startWorld(t)
  const alice = await world.client('west')
  const late = await world.client()
  const { headers } = await late.get(world.url('west'))
  const { headers: back } = await late.get(String(headers.location))
  const tokens = world.orgs.acme.calls.token
  await editTenant(world, 'west', { client_id: '0oa-acme-0', client_secret: 'acme-0_secret' })
  const asked = await alice.get(world.url('west', '/deep'))
  t.match(asked, { status: 302, headers: { location: /client_id=0oa-acme-0/ } })
  t.match(asked.setCookies.join(), 'doorward=;')
  const refused = await late.get(String(back.location))
  t.equal(refused.status, 400)
  t.equal(world.orgs.acme.calls.token, tokens, 'the code of one client is not brought to another')
  t.equal((await alice.get(world.url('acme'))).status, 302, 'nor is a session at one tenant any at another')
})

test('a changed secret counts at the next sign-in, and ends no session', async (t) => {
  const world = await startWorld(t)
  const alice = await world.client('acme')
  const discoveries = world.orgs.acme.calls.discovery
  await editTenant(world, 'acme', { client_secret: 'another' })
  t.equal((await alice.get(world.url('acme', '/echo'))).status, 200)
  t.equal((await (await world.client()).get(world.url('acme'), { redirect: 'follow' })).status, 500)
  await editTenant(world, 'acme', { client_secret: ['another', 'acme-0_secret'] })
  await world.client('acme')
  await editTenant(world, 'acme', { rules: [{ path: '/**', require: { groups: 'nobody' } }] })
  t.equal((await alice.get(world.url('acme', '/echo'))).status, 403)
  t.equal((await (await world.client()).get(world.url('acme'))).status, 302)
  t.equal(world.orgs.acme.calls.discovery, discoveries + 2, 'asked anew of another client, not for a rule')
})

test('a broken file changes nothing, and the log and readyz say so until it is mended', async (t) => {
  const world = await startWorld(t)
  const alice = await world.client('acme')
  const before = readFileSync(world.proxy.configFile, 'utf8')
  await edit(world, (settings) => {
    settings.headers = { 'X-New': 'sub' }
    settings.upstreem = 'http://127.0.0.1:1'
    Object.assign(settings.tenants[0] ?? {}, { client_secret: '', origins: ['http://globex.localhost:1'] })
  })
  t.equal((await alice.get(world.url('acme', '/echo'))).status, 200)
  t.notOk(world.upstream.requests.at(-1)?.headers['x-new'], 'not even what is right in it')
  t.match(world.proxy.events('config.reload_failed'), [
    {
      level: 'error',
      generation: 1,
      problems: [
        /^upstreem: is not a known key/,
        /^tenants\[0\]\.client_secret: must not/,
        /^tenants\[2\]\.origins\[0\]: globex/,
      ],
    },
  ])
  t.match(await readyz(world).then((answer) => ({ status: answer.status, body: answer.json() })), {
    status: 200,
    body: {
      status: 'ready',
      config: /^stale: 3 problems in the files, see the log; generation 1 of .*Z is served$/,
    },
  })
  t.match(await figures(world), /^doorward_config_last_reload_successful 0$/m)
  writeFileSync(world.proxy.configFile, `${before.slice(0, 40)}`)
  await world.proxy.reload()
  t.match(world.proxy.events('config.reload_failed').at(-1), { problems: [/doorward\.yaml: line 1/] })
  writeFileSync(world.proxy.configFile, before)
  await world.proxy.reload()
  t.same((await readyz(world)).json(), { status: 'ready' })
  t.match(await figures(world), /^doorward_config_last_reload_successful 1$/m)
  t.equal(world.proxy.events('config.reloaded').length, 0)
  t.equal((await alice.get(world.url('acme', '/echo'))).status, 200)
})

test('what only a start can change waits for it, is named in the log, and holds up nothing else', async (t) => {
  const world = await startWorld(t)
  await edit(world, (settings) => {
    Object.assign(settings, {
      server: { ...(settings.server as object), path_prefix: '/door' },
      session: { cache: 0 },
    })
    Object.assign(settings, { rules: [{ path: '/**', access: 'public' }] })
  })
  const client = await world.client()
  t.equal((await client.get(world.url('acme', '/echo'))).status, 200, 'the rule counts')
  t.equal((await client.get(world.url('acme', '/oauth2/login'))).status, 302, 'the prefix is as before')
  const waiting = world.proxy.log.filter(({ msg }) => msg.includes('until the next start'))
  t.match(waiting, [{ options: ['server.path_prefix', 'session.cache'] }])
})

test('session keys are rotated without a restart: the first seals, all open', async (t) => {
  const directory = t.testdir({})
  const write = (name: string, key: string) => writeFileSync(join(directory, name), key)
  const [old, latest] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  write('first', old)
  write('second', latest)
  const keys = ['first', 'second'].map((name) => ({ file: join(directory, name) }))
  const world = await startWorld(t, { settings: { session: { keys } } })
  const before = await world.client('acme')
  write('first', latest)
  write('second', old)
  await world.proxy.reload()
  t.equal((await before.get(world.url('acme', '/echo'))).status, 200)
  const after = await world.client('acme')
  write('second', randomBytes(32).toString('base64'))
  await world.proxy.reload()
  t.equal((await after.get(world.url('acme', '/echo'))).status, 200)
  t.equal(world.proxy.log.filter(({ msg }) => msg === 'session keys have changed').length, 2)
})
