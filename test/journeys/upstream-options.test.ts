import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { OK, startScript, switching } from '../fixtures/scripted-upstream.js'
import { startWorld, type TenantName } from '../fixtures/world.js'

const file = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const text = (name: string) => readFileSync(file(name), 'utf8')
const MUTUAL_TLS = {
  key: text('server-key.pem'),
  cert: text('server.pem'),
  ca: text('client.pem'),
  requestCert: true,
  rejectUnauthorized: true,
}

test('pages and WebSockets reach an upstream however it is reached, with the Host that it wants', async (t) => {
  const answer: Parameters<typeof startScript>[1] = (socket, _nth, head) =>
    socket.write(head.startsWith('GET /ws ') ? `${switching(head)}\x81\x02hi` : OK, 'latin1')
  const upstreams = {
    acme: await startScript(t, answer, { unix: true }),
    west: await startScript(t, answer, { tls: MUTUAL_TLS }),
    globex: await startScript(t, answer),
  }
  const tls = { ca: file('ca.pem'), cert: file('client.pem'), key: { file: file('client-key.pem') } }
  const world = await startWorld(t, {
    settings: { upstream: upstreams.acme.url },
    tenants: {
      west: { upstream: { url: upstreams.west.url, tls } },
      globex: { upstream: { url: upstreams.globex.url, host: 'rewrite' } },
    },
  })
  const expected: Record<TenantName, string> = {
    acme: `acme.localhost:${world.port}`,
    west: `west.localhost:${world.port}`,
    globex: `127.0.0.1:${upstreams.globex.port}`,
  }
  for (const name of ['acme', 'west', 'globex'] as const) {
    const client = await world.client(name)
    t.equal((await client.xhr(world.url(name, '/page'))).text(), 'ok', name)
    const host = new URL(world.url(name)).host
    const cookie = `doorward=${client.cookies(`${name}.localhost`).doorward}`
    const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, { headers: { host, cookie } })
    t.same(await once(socket, 'message'), [Buffer.from('hi'), false], name)
    socket.terminate()
    for (const head of upstreams[name].heads.slice(-2)) {
      t.match(head, new RegExp(`^host: ${expected[name]}$`, 'im'))
      t.match(head, new RegExp(`^x-forwarded-host: ${host}$`, 'im'))
      t.match(head, new RegExp(`^x-forwarded-tenant: ${name}$`, 'im'))
    }
  }
})

test('an upstream that is too slow is 504, to connect to as well as to answer', async (t) => {
  const script = await startScript(
    t,
    (socket, _nth, head) => head.startsWith('GET /slow ') || socket.write(OK),
  )
  const silent = await startScript(t, () => undefined)
  const world = await startWorld(t, {
    settings: { upstream: { url: script.url, response_timeout: '2s' } },
    // It accepts connections, and never says a word of TLS.
    tenants: { globex: { upstream: { url: silent.url.replace('http:', 'https:'), connect_timeout: '1s' } } },
  })
  const client = await world.client('acme')
  const page = await client.get(world.url('acme', '/slow'))
  t.equal(page.status, 504)
  t.match(page.text(), 'Application too slow')
  t.equal((await client.xhr(world.url('acme', '/fast'))).status, 200)
  const other = await world.client()
  const landed = await other.get(world.url('globex'), { redirect: 'follow' })
  t.equal(landed.status, 504)
  t.match((await other.xhr(world.url('globex'))).json(), { error: 'upstream_timeout' })
})

test('while only half of a client certificate has been replaced, its first request is 502', async (t) => {
  const folder = t.testdir({ 'key.pem': text('client-key.pem') })
  const app = await startScript(t, (socket) => socket.write(OK), { tls: MUTUAL_TLS })
  const key = `${folder}/key.pem`
  const tls = { ca: file('ca.pem'), cert: file('client.pem'), key: { file: key } }
  const world = await startWorld(t, {
    settings: { upstream: { url: app.url, tls }, rules: [{ path: '/**', access: 'public' }] },
  })
  const client = await world.client()
  writeFileSync(key, text('server-key.pem'))
  t.equal((await client.xhr(world.url('acme', '/page'))).status, 502)
  const line = world.proxy.log.find(({ error }) => error === 'upstream_unreachable')
  t.match(line, { reason: /KEY_VALUES_MISMATCH/ })
  writeFileSync(key, text('client-key.pem'))
  t.equal((await client.xhr(world.url('acme', '/page'))).status, 200)
})
