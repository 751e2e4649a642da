import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { rawRequest } from '../fixtures/raw-request.js'
import { until } from '../fixtures/until.js'
import { signIn, startWorld } from '../fixtures/world.js'

const UPGRADES = ['websocket', 'h2c', 'x']

// Node takes its error listener off a socket that asks for an upgrade: a reset while Doorward waited for the store,
// the provider or the upstream was an unhandled error, and ended the process for every tenant.
test('a reset of a request that asks for an upgrade harms nobody else', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  for (const upgrade of UPGRADES) {
    const socket = connect(world.port, '127.0.0.1')
    const handshake = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    const path = upgrade === 'websocket' ? '/ws' : '/slow'
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n${handshake}\r\n`,
    )
    const before = world.upstream.requests.length
    while (world.upstream.requests.length === before) await new Promise((resolve) => setImmediate(resolve))
    socket.resetAndDestroy()
    await once(socket, 'close')
  }
  // Without a session: while the token call of a made-up code runs.
  const start = await client.get(world.url('acme', '/oauth2/login'))
  const state = new URL(String(start.headers.location)).searchParams.get('state')
  const [transaction] = start.setCookies[0]?.split(';') ?? []
  world.orgs.acme.behave('token', { hang: true })
  const calls = world.orgs.acme.calls.token
  const stranger = connect(world.port, '127.0.0.1')
  stranger.write(
    `GET /oauth2/callback?code=junk&state=${state} HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${transaction}\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`,
  )
  await world.orgs.acme.calledTimes('token', calls + 1)
  stranger.resetAndDestroy()
  await once(stranger, 'close')
  world.orgs.acme.behave('token', undefined)
  t.equal((await client.get(world.url('acme', '/echo'))).status, 200)
})

// The answer to the request before it still had the socket: taking it threw where nobody catches, and whoever sent
// these few bytes, signed in or not, ended the process for every tenant.
test('an upgrade behind a request that is not answered yet waits for its turn', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const cookie = `Cookie: doorward=${client.cookies('acme.localhost').doorward}\r\n`
  const handshake = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
  const get = (path: string, headers: string) =>
    `GET ${path} HTTP/1.1\r\nHost: acme.localhost\r\n${headers}\r\n`
  for (const [who, second] of [
    ['', /^HTTP\/1\.1 401 .*HTTP\/1\.1 401 /s],
    [cookie, /^HTTP\/1\.1 200 .*HTTP\/1\.1 101 /s],
  ] as const) {
    const socket = connect(world.port, '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.write(
      get('/echo', who) + get('/ws', `${who}Connection: Upgrade\r\nUpgrade: websocket\r\n${handshake}`),
    )
    await until('both are answered', () => second.test(received))
    socket.destroy()
  }
  const h2c = await rawRequest(
    world.port,
    get('/echo?1', cookie) + get('/echo?2', `${cookie}Connection: Upgrade, close\r\nUpgrade: h2c\r\n`),
  )
  t.match(h2c, '"url":"/echo?1"')
  await until('the second reaches the upstream', () => world.upstream.requests.at(-1)?.url === '/echo?2')
})

// Node stops parsing at an upgrade, so the body of `curl --http2 -d` and of Java's client was dropped in silence.
test('a request that offers h2c keeps its body', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  const head = `Host: acme.localhost\r\nCookie: ${cookie}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n`
  const withLength = await rawRequest(
    world.port,
    `POST /echo HTTP/1.1\r\n${head}Content-Length: 5\r\n\r\nhello`,
  )
  t.match(withLength, '"body":"hello"')
  const chunked = await rawRequest(
    world.port,
    `PUT /echo HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  )
  t.match(chunked, '"body":"hello"')
  t.match(await rawRequest(world.port, `GET /echo HTTP/1.1\r\n${head}\r\n`), /^HTTP\/1\.1 200 /)
})

// Identity may have changed with the new sign-in; what was opened as somebody else must not go on.
test('a WebSocket closes when its browser signs in anew', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const headers = { host: 'acme.localhost', cookie: `doorward=${client.cookies('acme.localhost').doorward}` }
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, { headers })
  await once(socket, 'message')
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  await signIn(client, world.url('acme', '/oauth2/login'))
  await closed
  t.pass('closed')
})

test('a WebSocket closes when its session has been idle for too long', async (t) => {
  let now = Date.now()
  const settings = { session: { idle_timeout: '1s' } }
  const world = await startWorld(t, { settings, now: () => now })
  const client = await world.client('acme')
  const headers = { host: 'acme.localhost', cookie: `doorward=${client.cookies('acme.localhost').doorward}` }
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, { headers })
  await once(socket, 'message')
  socket.on('error', () => undefined)
  now += 1001
  await once(socket, 'close')
  t.equal((await client.xhr(world.url('acme'))).status, 401)
})
