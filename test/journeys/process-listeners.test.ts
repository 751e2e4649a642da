import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { listen } from '../fixtures/listen.js'
import { runDoorward } from '../fixtures/process.js'
import { startProcessWorld } from '../fixtures/process-world.js'
import { writeConfig } from '../fixtures/proxy.js'

const CLIENT = { client_id: 'a', client_secret: 'of-the-client' }

test('health is told on the admin listener and nowhere else', async (t) => {
  const world = await startProcessWorld(t)
  const { adminPort } = await world.serve()
  const client = new Client()
  for (const [path, status] of [
    ['/livez', 'live'],
    ['/readyz', 'ready'],
  ]) {
    const answer = await client.get(`http://127.0.0.1:${adminPort}${path}`)
    t.equal(answer.status, 200)
    t.same(answer.json(), { status })
    const outside = await client.xhr(world.url(path))
    t.equal(outside.status, 401, `${path} is the app's own on the public listener`)
    t.equal((await client.xhr(world.url(`/oauth2${path}`))).status, 404)
  }
  t.equal((await client.get(`http://127.0.0.1:${adminPort}/oauth2/login`)).status, 404)
})

test('a unix socket is listened on, also where a killed process left its own', async (t) => {
  const world = await startProcessWorld(t)
  // tap's own folders are too deep for the 107 bytes of a socket's path.
  const directory = mkdtempSync(join(tmpdir(), 'doorward-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const socketPath = join(directory, 'doorward.sock')
  const file = writeConfig(t, {
    server: { listen: `unix:${socketPath}`, shutdown: { drain_delay: '0s', timeout: '5s' } },
    admin: { listen: '127.0.0.1:0' },
    upstream: world.upstream.url,
    tenants: [{ origins: ['http://acme.localhost'], issuer: world.org.issuer, ...CLIENT }],
  })
  const ask = async () => {
    const headers = { host: 'acme.localhost', accept: 'application/json' }
    const [response] = await once(request({ socketPath, path: '/', headers }).end(), 'response')
    return { status: response.statusCode, body: JSON.parse(await text(response)) }
  }
  const killed = runDoorward(t, ['--config', file])
  t.match(await killed.logged('listening'), { public: socketPath })
  t.match(await ask(), { status: 401, body: { error: 'login_required' } })
  killed.kill('SIGKILL')
  t.equal(await killed.exit, 'SIGKILL')
  t.ok(existsSync(socketPath), 'a stale socket')

  const next = runDoorward(t, ['--config', file])
  await next.logged('listening')
  t.match(await ask(), { status: 401 })

  const second = runDoorward(t, ['--config', file])
  t.equal(await second.exit, 1, 'a socket that answers is not taken away')
  t.match(await ask(), { status: 401 })
  next.kill('SIGTERM')
  t.equal(await next.exit, 0)
  t.notOk(existsSync(socketPath), 'it takes its socket with it')
})

test('an address that is taken is exit 1 with a sentence', async (t) => {
  const server = createServer()
  t.teardown(() => server.close())
  const taken = `127.0.0.1:${await listen(server)}`
  const tenant = { origins: ['http://acme.localhost'], issuer: 'http://localhost:2' }
  const check = async (option: string, settings: object) => {
    const complete = { ...settings, upstream: 'http://127.0.0.1:3', tenants: [{ ...tenant, ...CLIENT }] }
    const doorward = runDoorward(t, ['--config', writeConfig(t, complete)])
    t.equal(await doorward.exit, 1)
    const sentence = `${taken} is in use by another program; end that one, or say another port (EADDRINUSE)`
    t.equal(doorward.stderr, `doorward: ${option}: ${sentence}\n`)
    t.notMatch(doorward.stdout, '"listening"')
  }
  await Promise.all([
    check('server.listen', { server: { listen: taken }, admin: { listen: '127.0.0.1:0' } }),
    check('admin.listen', { server: { listen: '127.0.0.1:0' }, admin: { listen: taken } }),
  ])
})
