import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'tap'
import { startExchange, withoutOwn } from '../fixtures/exchange.js'
import { handshake, openRaw } from '../fixtures/raw-connection.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { OK, switching } from '../fixtures/scripted-upstream.js'
import { until } from '../fixtures/until.js'

const HINTS = [
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload, </b>; rel="x y"\r\nlink: </\xc3\xbc>\r\nX-Empty: \r\n\r\n',
  'HTTP/1.1 104 \r\nUpload-Offset: 5\r\n\r\n',
].join('')

test('what the app says before its answer is passed on as it is, but for what concerns its connection', async (t) => {
  const { port, head } = await startExchange(t, {
    '/hints': `${HINTS}${OK}`,
    '/hop': `HTTP/1.1 103 Early Hints\r\nConnection: X-Hop\r\nX-Hop: 1\r\nContent-Length: 5\r\nX-A: 1\r\n\r\n${OK}`,
    '/failing': (socket) => socket.end(HINTS, 'latin1'),
  })
  t.equal(withoutOwn(await rawRequest(port, head('GET /hints'))), `${HINTS}${OK}`)
  t.equal(withoutOwn(await rawRequest(port, head('HEAD /hints'))), `${HINTS}${OK.slice(0, -2)}`)
  t.equal(
    withoutOwn(await rawRequest(port, head('GET /hop'))),
    `HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n${OK}`,
  )
  t.equal(
    withoutOwn(await openRaw(t, port, head('GET /hints HTTP/1.0')).closed()),
    OK,
    'HTTP/1.0 knows of none',
  )
  const failed = await rawRequest(port, head('GET /failing'))
  t.equal(failed.slice(0, HINTS.length), HINTS)
  t.match(failed.slice(HINTS.length), /^HTTP\/1\.1 502 [\s\S]*"upstream_unreachable"/)
})

test('early hints come early, and never between the answers of others', async (t) => {
  let held: Socket | undefined
  const { app, port, head } = await startExchange(t, {
    '/slow': (socket) => {
      held = socket
      socket.write(HINTS, 'latin1')
    },
    '/hints': `${HINTS}${OK}`,
    '/ws': (socket, _nth, asked) => socket.write(`${HINTS}${switching(asked)}`, 'latin1'),
  })
  const pipeline = openRaw(t, port, `${head('GET /slow')}${head('GET /hints')}`)
  await pipeline.hears(/HTTP\/1\.1 104 \r\nUpload-Offset: 5\r\n\r\n$/)
  await until('the app has answered both', () => app.heads.length === 2)
  held?.write(OK)
  await pipeline.hears(/ok.*\r\n\r\nok$/s)
  t.equal(withoutOwn(pipeline.text), `${HINTS}${OK}${OK}`, 'behind another answer they get lost')
  const socket = openRaw(t, port, handshake('/ws'))
  await socket.hears(/HTTP\/1\.1 101 /)
  t.ok(socket.text.startsWith(`${HINTS}HTTP/1.1 101 `))
})

test('hints without end are not kept for a client that does not read them', async (t) => {
  const hint = `HTTP/1.1 103 Early Hints\r\nLink: <${'x'.repeat(15_000)}>\r\n\r\n`
  const times = 1_600
  let isSent = () => {}
  const sent = new Promise<void>((resolve) => {
    isSent = resolve
  })
  const { port, head } = await startExchange(t, {
    '/flood': async (socket) => {
      for (let time = 0; time < times; time += 1) {
        if (!socket.write(hint)) await once(socket, 'drain')
      }
      socket.write(OK, () => isSent())
    },
  })
  const client = openRaw(t, port, '')
  client.socket.pause()
  client.socket.write(head('GET /flood', 'Connection: close'))
  await sent
  client.socket.resume()
  const { length } = await client.closed()
  t.match(client.text.slice(-200), /HTTP\/1\.1 200 [\s\S]*ok$/)
  t.ok(length < (times * hint.length) / 2, `${length} bytes were kept`)
})

const WAITS = 'Expect: 100-continue'
const LENGTH = 'Content-Length: 5'
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

test('who waits for 100 Continue hears it when its body is wanted, once, and its connection goes on', async (t) => {
  let held: Socket | undefined
  const { app, port, head } = await startExchange(t, {
    '/slow': (socket) => {
      held = socket
    },
  })
  const client = openRaw(t, port, '')
  for (const [line, framing, body] of [
    ['POST /a', 'Content-Length: 5', 'hello'],
    ['PUT /b', 'Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'],
    ['POST /oauth2/logout/backchannel', 'Content-Length: 5', 'hello'],
  ] as const) {
    const before = client.text.length
    const form = 'Content-Type: application/x-www-form-urlencoded'
    const heard = () => client.text.slice(before)
    client.socket.write(head(line, WAITS, framing, form))
    while (heard() === '') await once(client.socket, 'data')
    t.equal(heard(), CONTINUE, line)
    client.socket.write(body)
    while (!/\r\n\r\n.*\r\n\r\n.+/s.test(heard())) await once(client.socket, 'data')
    t.match(heard(), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 (200|400) /, line)
    t.notMatch(heard(), /100 Continue[\s\S]*100 Continue|connection: close/i)
  }
  t.match(app.heads, [/^POST \/a /, /^PUT \/b /])
  t.notMatch(app.heads.join(), /expect/i, 'it was between the client and Doorward')
  for (const [line, ...lines] of [
    ['GET /c', WAITS],
    ['POST /d', WAITS, 'Content-Length: 0'],
  ] as const) {
    const both = openRaw(t, port, head(line, ...lines) + head('GET /last', 'Connection: close'))
    t.match(await both.closed(), /200 OK[\s\S]*200 OK/, 'where there is no body nobody waits for one')
  }
  const pipeline = openRaw(t, port, head('GET /slow') + head('POST /behind', WAITS, LENGTH))
  await until('the app has the first', () => held !== undefined)
  held?.write(OK)
  await pipeline.hears(/\r\n\r\nokHTTP\/1\.1 100 Continue\r\n\r\n$/)
  const old = await rawRequest(port, `${head('POST /e HTTP/1.0', WAITS, 'Content-Length: 2')}ok`)
  t.match(old, /^HTTP\/1\.1 200 /)
})

test('who is refused is never asked for the body', async (t) => {
  const nobody = await reservePort()
  const { app, port, head } = await startExchange(
    t,
    {},
    {
      rules: [
        { path: '/private/**', access: 'required' },
        { path: '/dead/**', access: 'public', upstream: `http://127.0.0.1:${nobody}` },
      ],
      server: { limits: { body_size: '1KiB' } },
    },
  )
  const upload = (path: string, ...lines: string[]) => head(`POST ${path}`, WAITS, ...lines)
  for (const [bytes, status] of [
    [upload('/private/x', LENGTH), 401],
    [upload('/private/x', 'Transfer-Encoding: chunked'), 401],
    [upload('/a/../b', LENGTH), 400],
    [upload('/oauth2/nothing', LENGTH), 404],
    [upload('/x', 'Content-Length: 1025'), 413],
    [upload('/x', LENGTH).replace('acme.localhost', 'nobody.localhost'), 421],
    [upload('/dead/x', LENGTH), 502],
  ] as const) {
    const got = await openRaw(t, port, bytes).closed()
    t.match(got, new RegExp(`^HTTP/1\\.1 ${status} `), bytes)
    t.match(got, /^connection: close\r$/im, 'what comes next on the connection, nobody could say')
  }
  t.same(app.heads, [])
})
