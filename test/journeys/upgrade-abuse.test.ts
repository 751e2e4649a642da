import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { closed } from '../fixtures/closed.js'
import { handshake, openRaw } from '../fixtures/raw-connection.js'
import { rawRequest } from '../fixtures/raw-request.js'
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
    await closed(socket)
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
  await closed(stranger)
  world.orgs.acme.behave('token', undefined)
  t.equal((await client.get(world.url('acme', '/echo'))).status, 200)
})

// Node hands an upgrade over while answers before it are under way; to give their connection to another response threw,
// and ended the process: two requests in one packet were enough, without a session.
test('an upgrade right behind an unanswered request waits for its turn, and harms nobody else', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const cookie = `Cookie: doorward=${client.cookies('acme.localhost').doorward}`
  const before = (path: string, ...lines: string[]) =>
    [`GET ${path} HTTP/1.1`, 'Host: acme.localhost', ...lines, '\r\n'].join('\r\n')
  const stranger = openRaw(t, world.port, `${before('/a')}${before('/b')}${handshake('/ws')}`)
  await stranger.closed()
  t.same(stranger.text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 401', 'HTTP/1.1 401', 'HTTP/1.1 401'])
  for (const [upgrade, answer] of [
    [handshake('/ws', cookie), /released\r\n0\r\n\r\nHTTP\/1\.1 101 /],
    [
      before('/echo', cookie, 'Connection: Upgrade', 'Upgrade: h2c'),
      /released\r\n0\r\n\r\nHTTP\/1\.1 200 [\s\S]*"url":"\/echo"/,
    ],
  ] as const) {
    const inTurn = openRaw(t, world.port, `${before('/slow', cookie)}${upgrade}`)
    const leaving = openRaw(t, world.port, `${before('/slow', cookie)}${upgrade}`)
    while (world.upstream.held < 2) await new Promise(setImmediate)
    leaving.socket.resetAndDestroy()
    while (world.upstream.held > 1) await new Promise(setImmediate)
    world.upstream.release()
    await inTurn.hears(answer)
    inTurn.socket.destroy()
  }
  t.equal((await client.get(world.url('acme', '/echo'))).status, 200)
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
  const ended = closed(socket)
  await signIn(client, world.url('acme', '/oauth2/login'))
  await ended
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
  now += 1001
  await closed(socket)
  t.equal((await client.xhr(world.url('acme'))).status, 401)
})
