import { createServer } from 'node:net'
import { type Test, test } from 'tap'
import { listen } from '../fixtures/listen.js'
import { handshake, openRaw } from '../fixtures/raw-connection.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { startScript } from '../fixtures/scripted-upstream.js'
import { until } from '../fixtures/until.js'
import { startWorld } from '../fixtures/world.js'

const get = (path: string, ...lines: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: acme.localhost', ...lines, '\r\n'].join('\r\n')

const start = async (t: Test) =>
  startWorld(t, {
    settings: {
      rules: [
        { path: '/slow', access: 'public' },
        { path: '/**', access: 'optional' },
      ],
      server: { limits: { body_timeout: '1s', body_size: '1KiB' } },
    },
  })

// What comes behind the request that the app is busy with, and how the client leaves. Node looks after none of these:
// each kept a request open at the app, and a place of the tenant's, for as long as the app liked.
const behind: [what: string, more: string][] = [
  ['a WebSocket handshake', handshake('/ws')],
  ['an offer of h2c', get('/echo', 'Connection: Upgrade', 'Upgrade: h2c')],
  ['another request and a handshake', get('/slow') + handshake('/ws')],
  ['the first letters of a request', 'GET'],
  ['half a form', 'POST / HTTP/1.1\r\nHost: acme.localhost\r\nContent-Length: 10\r\n\r\nhalf'],
]

test('a client that leaves is noticed, whatever it has sent behind a request', async (t) => {
  const world = await start(t)
  for (const [what, more] of behind) {
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const { socket } = openRaw(t, world.port, get('/slow') + more)
      await until(`the app has the request before ${what}`, () => world.upstream.held > 0)
      socket[leave]()
      await until(`${what}: ${leave} is noticed`, () => world.upstream.held === 0)
    }
  }
  t.equal(world.upstream.held, 0)
})

test('a client that leaves is noticed when it has sent a frame behind its handshake', async (t) => {
  const app = await startScript(t, () => undefined)
  const world = await startWorld(t, {
    settings: { upstream: app.url, rules: [{ path: '/**', access: 'public' }] },
  })
  const { socket } = openRaw(t, world.port, `${handshake('/ws')}\x81\x80\0\0\0\0`)
  await until('the app has the handshake', () => app.heads.length === 1)
  socket.end()
  await until('it is noticed', () => app.sockets[0]?.destroyed)
  t.equal(app.heads.length, 1)
})

test('a handshake that is answered with a large page has all of it', async (t) => {
  const page = 'x'.repeat(1_000_000)
  const app = await startScript(t, (socket) =>
    socket.write(`HTTP/1.1 404 Not Found\r\nContent-Length: ${page.length}\r\n\r\n${page}`),
  )
  const world = await startWorld(t, {
    settings: { upstream: app.url, rules: [{ path: '/**', access: 'public' }] },
  })
  const answer = await openRaw(t, world.port, handshake('/ws')).closed()
  t.equal(answer.length - answer.indexOf('\r\n\r\n') - 4, page.length)
})

test('a client that leaves is noticed when its handshake was answered with a stream', async (t) => {
  let open = 0
  const app = createServer((socket) => {
    open++
    socket.once('data', () =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'),
    )
    socket.on('error', () => socket.destroy()).once('close', () => open--)
  })
  const port = await listen(app)
  t.teardown(() => app.close())
  const world = await startWorld(t, {
    settings: { upstream: `http://127.0.0.1:${port}`, rules: [{ path: '/**', access: 'public' }] },
  })
  const stream = openRaw(t, world.port, handshake('/sse'))
  await stream.hears(/data: 1/)
  t.equal(open, 1)
  stream.socket.end()
  await until('the stream is let go', () => open === 0)
})

test('a cookie that opens nothing is removed by an answer of the app as well', async (t) => {
  const world = await start(t)
  const answer = await rawRequest(
    world.port,
    get('/echo', 'Cookie: doorward=garbage; theirs=1', 'Connection: close'),
  )
  t.match(answer, /^HTTP\/1\.1 200 /)
  t.match(answer, /^set-cookie: doorward=; Max-Age=0; .*HttpOnly; SameSite=Lax/im)
})

test('a form that is kept has the limits of every body', async (t) => {
  const world = await startWorld(t, {
    settings: { server: { limits: { body_timeout: '1s', body_size: '1KiB' } } },
  })
  const head = `POST / HTTP/1.1\r\nHost: acme.localhost\r\nAccept: text/html\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n`
  const slow = openRaw(t, world.port, `${head}3\r\na=b\r\n`)
  t.match(await slow.closed(), /^HTTP\/1\.1 408 /)
  t.match(await rawRequest(world.port, `${head}800\r\n${'x'.repeat(2048)}\r\n0\r\n\r\n`), /^HTTP\/1\.1 413 /)
})
