import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'tap'
import { closed } from '../fixtures/closed.js'
import { listen } from '../fixtures/listen.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { startWorld } from '../fixtures/world.js'

type Teardown = Parameters<typeof startWorld>[0]

/** A world whose upstream answers every request with exact bytes, in the parts given. */
async function answering(t: Teardown, ...parts: string[]) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', async () => {
      for (const part of parts) {
        socket.write(Buffer.from(part, 'latin1'))
        // In packets of their own.
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })
  })
  const port = await listen(server)
  t.teardown(() => server.close())
  const world = await startWorld(t, { settings: { upstream: `http://127.0.0.1:${port}` } })
  const client = await world.client()
  await client.get(world.url('acme'), { redirect: 'follow' })
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  const ask = (method = 'GET', version = '1.1') =>
    rawRequest(
      world.port,
      `${method} / HTTP/${version}\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
    )
  return { world, ask }
}

// A reason phrase in latin1 made Node's writeHead throw, then the error page's, and the process ended.
test('a reason phrase beyond ASCII is not forwarded, and harms nobody', async (t) => {
  const { ask } = await answering(t, 'HTTP/1.1 404 Non trouv\xe9\r\nContent-Length: 2\r\n\r\nok')
  t.match(await ask(), /^HTTP\/1\.1 404 Not Found\r\n[\s\S]*ok$/)
  t.match(await ask(), /^HTTP\/1\.1 404 /)
})

test('an upstream that sends garbage is 502 with its own reason phrase', async (t) => {
  const { ask } = await answering(t, 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n')
  t.match(await ask(), /^HTTP\/1\.1 502 Bad Gateway\r\n/)
})

test('an upstream that switches protocols without being asked is 502', async (t) => {
  for (const to of ['', 'Connection: Upgrade\r\nUpgrade: websocket\r\n']) {
    const { ask } = await answering(t, `HTTP/1.1 101 Switching Protocols\r\n${to}\r\nframes`)
    t.match(await ask(), /^HTTP\/1\.1 502 Bad Gateway\r\n/)
  }
})

// Flushing the head early wrote latin1 as UTF-8: Location and Content-Disposition arrived changed.
test('header bytes are the same whether the body comes with them or later', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nX-Bytes: \xc3\x9c \xe9\r\nContent-Length: 2\r\n\r\n'
  for (const parts of [[`${head}ok`], [head, 'ok']]) {
    const { ask } = await answering(t, ...parts)
    t.match(await ask(), 'X-Bytes: \xc3\x9c \xe9\r\n')
  }
})

// An announcement of trailers is refused by Node where no trailers can follow.
test('an answer that announces trailers arrives, also where none can follow', async (t) => {
  const withLength = await answering(t, 'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nContent-Length: 2\r\n\r\nok')
  for (const [method, version] of [
    ['GET', '1.1'],
    ['HEAD', '1.1'],
    ['GET', '1.0'],
  ]) {
    t.match(await withLength.ask(method, version), /^HTTP\/1\.1 200 /, `${method} ${version}`)
  }
  const notModified = await answering(t, 'HTTP/1.1 304 Not Modified\r\nTrailer: X-Sum\r\n\r\n')
  t.match(await notModified.ask(), /^HTTP\/1\.1 304 /)
})

test('what the upstream names in Connection stays between it and Doorward', async (t) => {
  const { ask } = await answering(
    t,
    'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nContent-Length: 2\r\n\r\nok',
  )
  t.notMatch(await ask(), /x-hop/i)
})

// The listener for the client's leaving was added after it had left: each such request held a connection for ever.
test('nothing is asked of the upstream for a client that has left in the meantime', async (t) => {
  let now = Date.now()
  const settings = { session: { idle_timeout: '2h' } }
  const world = await startWorld(t, { settings, now: () => now })
  const client = await world.client('acme')
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  now += 3_600_001
  world.orgs.acme.behave('token', { hang: true })
  const calls = world.orgs.acme.calls.token
  const socket = connect(world.port, '127.0.0.1')
  socket.write(`GET /sse HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\n\r\n`)
  await world.orgs.acme.calledTimes('token', calls + 1)
  socket.destroy()
  await closed(socket)
  world.orgs.acme.behave('token', undefined)
  t.equal((await client.xhr(world.url('acme', '/echo'))).status, 200)
  t.notOk(world.upstream.requests.some(({ url }) => url === '/sse'))
  t.equal(world.upstream.openStreams, 0)
})

test('a request in a transfer coding that nobody here undoes is refused', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  const head = `POST /echo HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\nConnection: close\r\n`
  const answer = await rawRequest(
    world.port,
    `${head}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  )
  t.match(answer, /^HTTP\/1\.1 400 /)
})

// Browsers reuse connections: a request with too many cookies has to be told so there as well.
test('malformed and oversized requests are told so, also on a connection that was used before', async (t) => {
  const world = await startWorld(t)
  const first = 'GET /api HTTP/1.1\r\nHost: acme.localhost\r\n\r\n'
  const oversized = `GET / HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${'x'.repeat(40_000)}\r\n\r\n`
  const malformed = 'GET / HTTP/1.1\r\nHost : acme.localhost\r\n\r\n'
  for (const [second, status] of [
    [oversized, '431'],
    [malformed, '400'],
  ]) {
    const socket = connect(world.port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.write(first)
    while (!text.includes('login_required')) await once(socket, 'data')
    socket.write(String(second))
    await closed(socket)
    t.match(text, `HTTP/1.1 ${status}`)
    socket.destroy()
  }
})

test('a provider whose tokens make no sense gives nobody a session', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  for (const body of [
    '{}',
    'null',
    '[]',
    '{"access_token":1}',
    '{"access_token":"a","token_type":"bearer"}',
    '{"access_token":"a","token_type":"bearer","id_token":"e30.e30.e30"}',
  ]) {
    world.orgs.acme.behave('token', { status: 200, body: JSON.parse(body), times: 1 })
    const response = await client.get(world.url('acme'), { redirect: 'follow' })
    t.ok([500, 503].includes(response.status), `${response.status} for ${body}`)
    t.notOk(client.cookies('acme.localhost').doorward)
  }
})
