import type { Socket } from 'node:net'
import { test } from 'tap'
import { startExchange } from '../fixtures/exchange.js'
import { openRaw } from '../fixtures/raw-connection.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { startRecorder } from '../fixtures/raw-upstream.js'
import { OK } from '../fixtures/scripted-upstream.js'
import { readStrictly } from '../fixtures/strict-requests.js'
import { until } from '../fixtures/until.js'

const CHUNKED = 'Transfer-Encoding: chunked'
const EVERY_BYTE = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
const CLOSE = 'Connection: close'

test('a request reaches the app as its client made it', async (t) => {
  const recorder = await startRecorder()
  t.teardown(() => recorder.close())
  const { port, head } = await startExchange(t, {}, { upstream: { url: recorder.url } })
  const chunks = [
    '1\r\na',
    `100;x="y"\r\n${EVERY_BYTE}`,
    '4\r\n\r\n0\r',
    '0\r\nX-Forwarded-User: root\r\n\r\n',
  ]
  const cases: [line: string, lines: string[], sent: string, body?: string][] = [
    ['POST /length', ['Content-Length: 256'], EVERY_BYTE],
    ['POST /chunks', [CHUNKED], chunks.join('\r\n'), `a${EVERY_BYTE}\r\n0\r`],
    ['GET /a-body', ['Content-Length: 2'], 'ok'],
    ['DELETE /chunks', [CHUNKED], '2\r\nok\r\n0\r\n\r\n', 'ok'],
    // The framing of nothing is Doorward's to choose.
    ...['POST', 'PUT', 'GET', 'DELETE', 'OPTIONS'].flatMap((method): typeof cases => [
      [`${method} /no-chunks`, [CHUNKED], '0\r\n\r\n', ''],
      [`${method} /no-length`, ['Content-Length: 0'], ''],
      [`${method} /nothing`, [], ''],
    ]),
    ['GET /large', [`X-Large: ${'x'.repeat(30_000)}`], ''],
    [
      'GET /bytes',
      ['X-Bytes: \xc3\xbc \xe9\xff\t"', 'X-Empty:', 'x-twice: 1', 'X-b: \x80', 'X-TWICE: 2'],
      '',
    ],
  ]
  for (const [line, lines, sent, body = sent] of cases) {
    const before = recorder.connections.join('').length
    t.match(await rawRequest(port, `${head(line, ...lines, CLOSE)}${sent}`), /^HTTP\/1\.1 200 /, line)
    const [received, ...others] = readStrictly(recorder.connections.join('').slice(before))
    const own = received?.headers.filter(([name]) => /^x-(?!forwarded-(?:for|proto|host)$)/i.test(name))
    const expected = lines.filter((text) => text.startsWith('X') || text.startsWith('x'))
    t.match(
      received,
      { method: line.split(' ')[0], target: line.split(' ')[1], body, isComplete: true },
      line,
    )
    t.same(
      own?.map(([name, value]) => `${name}: ${value}`.trim()),
      expected,
      line,
    )
    t.same(others, [], line)
  }
})

test('connections are kept on either side, whatever is said on the other', async (t) => {
  const closing = OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
  const { app, port, head } = await startExchange(t, {
    '/closing': (socket) => socket.end(closing),
    '/hinting': OK.replace(
      '\r\n\r\n',
      '\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=300, max=1\r\n\r\n',
    ),
    '/old': OK.replace('HTTP/1.1', 'HTTP/1.0').replace('\r\n\r\n', '\r\nConnection: keep-alive\r\n\r\n'),
  })
  for (const [line, ...lines] of [
    ['GET /a', CLOSE],
    ['GET /b HTTP/1.0'],
    ['POST /c', CLOSE, 'Content-Length: 0'],
    ['GET /hinting', CLOSE],
    ['GET /old', CLOSE],
  ] as const) {
    const text = await openRaw(t, port, head(line, ...lines)).closed()
    t.match(text, /^HTTP\/1\.1 200 OK\r\n(?=[\s\S]*\r\nConnection: close\r\n)[\s\S]*\r\n\r\nok$/, line)
    t.notMatch(text, /keep-alive/i)
  }
  t.equal(app.sockets.length, 1, "the clients' connections are not the app's")
  const client = openRaw(t, port, '')
  for (const [nth, path] of ['/closing', '/closing', '/hinting', '/a'].entries()) {
    client.socket.write(head(`GET ${path}`))
    await client.hears(new RegExp(`^(?:HTTP[\\s\\S]*?\\r\\n\\r\\nok){${nth + 1}}$`))
  }
  t.notMatch(client.text, /connection: close|max=1/i, "the app's connections are not the client's")
  t.equal(app.sockets.length, 3)
})

test('requests that come in one go are answered in their order', async (t) => {
  const waiting: Socket[] = []
  const { app, port, head } = await startExchange(t, { '/slow': (socket) => waiting.push(socket) })
  const client = openRaw(
    t,
    port,
    [
      head('GET /slow'),
      `${head('POST /2', 'Content-Length: 2')}ok`,
      head('GET /3'),
      head('HEAD /4', CLOSE),
    ].join(''),
  )
  await until('the app has them all', () => app.heads.length === 4)
  t.equal(client.text, '')
  waiting[0]?.write(OK.replace('ok', '1!'))
  const text = await client.closed()
  t.match(
    text,
    /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n1!HTTP\/1\.1 200 [\s\S]*\r\n\r\nokHTTP\/1\.1 200 [\s\S]*\r\n\r\nokHTTP[\s\S]*\r\n\r\n$/,
  )
})

test('a request is sent again where the app has closed a kept connection, but only one that may be', async (t) => {
  const stale = (socket: Socket, nth: number) => (nth === 1 ? socket.write(OK) : socket.destroy())
  const { app, port, head } = await startExchange(t, { '/stale': stale })
  for (const [line, framing, status, times] of [
    ['GET /stale', [], 200, 2],
    ['POST /stale', ['Content-Length: 2'], 502, 1],
    ['POST /stale', ['Content-Length: 0'], 502, 1],
    ['PUT /stale', ['Content-Length: 2'], 502, 1],
    ['PATCH /stale', [CHUNKED], 502, 1],
  ] as const) {
    const body = framing.length === 0 || framing[0] === 'Content-Length: 0' ? '' : 'ok'
    await rawRequest(port, head('GET /stale'))
    const before = app.heads.length
    const sent = framing[0] === CHUNKED ? '2\r\nok\r\n0\r\n\r\n' : body
    const text = await rawRequest(port, `${head(line, ...framing)}${sent}`)
    t.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), `${line} ${framing}`)
    t.equal(app.heads.length - before, times, `${line} ${framing}`)
  }
})
