import type { Socket } from 'node:net'
import { type Test, test } from 'tap'
import { closed } from '../fixtures/closed.js'
import { handshake, openRaw } from '../fixtures/raw-connection.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { OK, startScript, switching } from '../fixtures/scripted-upstream.js'
import { startWorld } from '../fixtures/world.js'

const HELLO = '\x81\x05hello'

/** The upstream's answers by path; every other one is that of an ordinary page. */
const ANSWERS: Readonly<Record<string, (socket: Socket, head: string) => void>> = {
  // The first frame comes in one packet with the answer.
  '/ws': (socket, head) => socket.write(`${switching(head)}${HELLO}`, 'latin1'),
  '/401': (socket) =>
    socket.write('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: App\r\nContent-Length: 2\r\n\r\nno'),
  '/403': (socket) =>
    socket.write('HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n'),
  '/404': (socket) => socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
  '/302': (socket) =>
    socket.write('HTTP/1.1 302 Found\r\nLocation: /ws\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n'),
  '/426': (socket) =>
    socket.end(
      'HTTP/1.1 426 Upgrade Required\r\nUpgrade: x\r\nSec-WebSocket-Version: 8\r\nConnection: close\r\n\r\nno',
    ),
  '/silent': () => undefined,
  '/hangup': (socket) => socket.destroy(),
  '/garbage': (socket) => socket.write('THIS IS NOT HTTP\r\n\r\n'),
  '/wrong-accept': (socket, head) => socket.write(switching(head).replace(/Accept: ../, 'Accept: AA')),
  '/no-accept': (socket, head) => socket.write(switching(head).replace(/Sec.*\r\n/, '')),
  '/two-accepts': (socket, head) => socket.write(switching(head).replace(/(Sec.*\r\n)/, '$1$1')),
  '/other-protocol': (socket, head) => socket.write(switching(head).replace('websocket', 'h2c')),
  // It would be lost that frames are not what they seem; once the browser waited for ever.
  '/coded': (socket, head) =>
    socket.write(switching(head).replace('Upgrade:', 'Transfer-Encoding: gzip\r\nUpgrade:')),
  '/to-nothing': (socket, head) => socket.write(switching(head).replace('Upgrade: websocket\r\n', '')),
}

async function start(t: Test, timeouts: { response_timeout?: string } = {}) {
  const upstream = await startScript(t, (socket, _nth, head) => {
    const answer = ANSWERS[head.split(' ')[1] ?? '']
    if (answer === undefined) socket.write(OK)
    else answer(socket, head)
  })
  const world = await startWorld(t, { settings: { upstream: { url: upstream.url, ...timeouts } } })
  const client = await world.client('acme')
  const cookie = `Cookie: doorward=${client.cookies('acme.localhost').doorward}`
  const paths = () => upstream.heads.map((head) => head.split(' ')[1])
  return { world, client, cookie, upstream, paths, port: world.port }
}

const SECOND = 'GET /second HTTP/1.1\r\nHost: acme.localhost\r\n'

test('what the upstream says instead of 101 is an answer like any other, and the last on its connection', async (t) => {
  const { port, cookie, paths } = await start(t)
  const cases: [path: string, answer: RegExp][] = [
    ['/401', /^HTTP\/1\.1 401 Unauthorized\r\n(?=[\s\S]*WWW-Authenticate: App\r\n)[\s\S]*\r\n\r\nno$/],
    ['/403', /^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*\r\n\r\n2\r\nno\r\n0\r\n\r\n$/],
    ['/404', /^HTTP\/1\.1 404 Not Found\r\n[\s\S]*\r\n\r\n$/],
    ['/302', /^HTTP\/1\.1 302 Found\r\n(?=[\s\S]*Location: \/ws\r\n)[\s\S]*Set-Cookie: a=1\r\n/],
    ['/426', /^HTTP\/1\.1 426 Upgrade Required\r\n(?=[\s\S]*Sec-WebSocket-Version: 8\r\n)[\s\S]*no/],
    ['/page', /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/],
  ]
  for (const [path, answer] of cases) {
    // A second request, sent along with the handshake and then again after the answer.
    const connection = openRaw(t, port, `${handshake(path, cookie)}${SECOND}${cookie}\r\n\r\n`)
    await connection.hears(/\r\n\r\n/)
    connection.socket.write(`${SECOND}${cookie}\r\n\r\n`)
    const text = await connection.closed()
    t.match(text, answer, path)
    t.match(text, /^connection: close\r$/im, path)
    t.notMatch(text, /HTTP\/1\.1 .*HTTP\/1\.1 /s, 'there is one answer')
  }
  t.notOk(paths().includes('/second'))
})

test('a handshake that Doorward refuses itself ends its connection as well', async (t) => {
  const { port, cookie, paths } = await start(t)
  const before = paths().length
  const cases: [bytes: string, status: number][] = [
    [handshake('/ws'), 401],
    [handshake('/ws', 'Cookie: doorward=nonsense'), 401],
    [handshake('/ws', cookie).replace('acme.localhost', 'nobody.localhost'), 421],
    [handshake('/a/../ws', cookie), 400],
    [handshake('/oauth2/ws', cookie), 404],
    [handshake('/ws', cookie, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='), 400],
    [handshake('/ws', cookie).replace('dGhlIHNhbXBsZSBub25jZQ==', 'short'), 400],
    [handshake('/ws', cookie).replace(/Sec-WebSocket-Key.*\r\n/, ''), 400],
    // What would be its body is for nobody.
    [`${handshake('/ws', cookie, 'Content-Length: 5')}hello`, 400],
    [`${handshake('/ws', cookie, 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`, 400],
  ]
  for (const [bytes, status] of cases) {
    const text = await openRaw(t, port, `${bytes}${SECOND}${cookie}\r\n\r\n`).closed()
    t.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), bytes)
    t.notMatch(text, /HTTP\/1\.1 .*HTTP\/1\.1 /s, bytes)
  }
  t.equal(paths().length, before)
  // RFC 9110 §7.8: an upgrade in HTTP/1.0 is ignored.
  const old = handshake('/old', cookie).replace('HTTP/1.1', 'HTTP/1.0')
  t.match(await rawRequest(port, old), /^HTTP\/1\.1 200 /)
  t.notMatch(paths(), ['/ws'])
})

test('the browser hears of a WebSocket only when the upstream has made one', async (t) => {
  const { port, cookie, upstream } = await start(t)
  for (const path of [
    '/wrong-accept',
    '/no-accept',
    '/two-accepts',
    '/other-protocol',
    '/coded',
    '/to-nothing',
    '/garbage',
    '/hangup',
  ]) {
    const before = upstream.heads.length
    const text = await openRaw(t, port, handshake(path, cookie)).closed()
    t.match(text, /^HTTP\/1\.1 502 /, path)
    t.match(text, '"upstream_unreachable"')
    t.equal(upstream.heads.length, before + 1, 'and it is asked once')
    await closed(upstream.sockets.at(-1) as Socket)
  }
  const impatient = await start(t, { response_timeout: '1s' })
  const silence = openRaw(t, impatient.port, handshake('/silent', impatient.cookie))
  t.match(await silence.closed(), /^HTTP\/1\.1 504 /)
  t.equal(impatient.world.proxy.log.filter(({ error }) => error === 'upstream_timeout').length, 1)
})

test('who leaves before the upstream has answered is not waited for', async (t) => {
  const { port, cookie, upstream } = await start(t)
  const endings: ((socket: Socket) => void)[] = [
    (socket) => socket.end(),
    (socket) => socket.destroy(),
    (socket) => socket.resetAndDestroy(),
  ]
  for (const end of endings) {
    const before = upstream.heads.length
    const { socket } = openRaw(t, port, handshake('/silent', cookie))
    while (upstream.heads.length === before) await new Promise(setImmediate)
    const asked = upstream.sockets.at(-1) as Socket
    end(socket)
    await closed(asked)
  }
  t.pass('its connection to the upstream is closed')
})

test('what the browser sends before it may is neither lost nor heard before the upstream has switched', async (t) => {
  const heard: string[] = []
  let release: () => void = () => undefined
  const upstream = await startScript(t, (socket, _nth, head) => {
    if (!head.startsWith('GET /ws ')) {
      socket.write(OK)
      return
    }
    const early: string[] = []
    socket.on('data', (chunk) => early.push(String(chunk)))
    release = () => {
      heard.push(...early.splice(0), '|')
      socket.on('data', (chunk) => heard.push(String(chunk)))
      socket.write(`${switching(head)}${HELLO}`, 'latin1')
    }
  })
  const world = await startWorld(t, { settings: { upstream: upstream.url } })
  const client = await world.client('acme')
  const cookie = `Cookie: doorward=${client.cookies('acme.localhost').doorward}`
  const before = upstream.heads.length
  const connection = openRaw(t, world.port, `${handshake('/ws', cookie)}one`)
  while (upstream.heads.length === before) await new Promise(setImmediate)
  connection.socket.write('two')
  // A request of its own goes all the way while those bytes wait.
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  release()
  await connection.hears(/\r\n\r\n..hello$/)
  connection.socket.write('three')
  while (!heard.join('').endsWith('three')) await new Promise(setImmediate)
  t.equal(heard.join(''), '|onetwothree')
})
