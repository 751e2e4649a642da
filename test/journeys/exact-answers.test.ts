import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'tap'
import { startExchange, withoutOwn } from '../fixtures/exchange.js'
import { readResponse } from '../fixtures/http-framing.js'
import { openRaw, type RawConnection } from '../fixtures/raw-connection.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { OK } from '../fixtures/scripted-upstream.js'

const answer = (status: string, lines: readonly string[] = [], body = ''): string =>
  [`HTTP/1.1 ${status}`, ...lines, '', body].join('\r\n')

const CHUNKED = 'Transfer-Encoding: chunked'
const LENGTH = 'Content-Length: 2'

/** What the app sends, and what the client gets where that is not the same. */
const EXACT: Readonly<Record<string, string | [sent: string, got: string]>> = {
  '/cookies': answer(
    '200 OK',
    [LENGTH, 'Set-Cookie: a=1', 'X-a: 1', 'set-cookie: b=2; Path=/', 'x-A: 2', 'SET-COOKIE: c=3'],
    'ok',
  ),
  '/bytes': answer('200 OK', ['X-Bytes: \xc3\xbc \xe9\xff\t"', 'X-Empty: ', LENGTH], '\0\xff'),
  '/large': answer('200 OK', [`X-Large: ${'x'.repeat(15_000)}`, LENGTH], 'ok'),
  '/many': answer('200 OK', [...Array.from({ length: 900 }, (_, nth) => `X-${nth}: ${nth}`), LENGTH], 'ok'),
  '/chunks': answer('200 OK', [CHUNKED], '1\r\na\r\n2\r\n\r\n\r\n0\r\n\r\n'),
  '/extensions': [
    answer('200 OK', [CHUNKED], '0003;a="b"\r\n\0\r\n\r\n0;x\r\n\r\n'),
    answer('200 OK', [CHUNKED], '3\r\n\0\r\n\r\n0\r\n\r\n'),
  ],
  '/no-chunks': answer('200 OK', [CHUNKED], '0\r\n\r\n'),
  '/trailers': [
    answer(
      '200 OK',
      [CHUNKED, 'Trailer: X-Sum'],
      '2\r\nok\r\n0\r\nX-Sum: \xc3\xbc\xe9\r\nx-b: 1\r\nX-Sum: 2\r\n\r\n',
    ),
    answer('200 OK', [CHUNKED], '2\r\nok\r\n0\r\nX-Sum: \xc3\xbc\xe9\r\nx-b: 1\r\nX-Sum: 2\r\n\r\n'),
  ],
  '/empty': answer('200 OK', ['Content-Length: 0']),
  '/204': answer('204 No Content', ['X-A: 1']),
  '/204-length': [answer('204 No Content', [LENGTH]), answer('204 No Content')],
  '/304': answer('304 Not Modified', ['ETag: "x"']),
  '/304-length': answer('304 Not Modified', ['Content-Length: 1000']),
  '/304-chunked': [answer('304 Not Modified', [CHUNKED]), answer('304 Not Modified')],
  ...Object.fromEntries(
    ['200 OK', '207 Multi-Status', '299 unknown', '300 Multiple Choices', '308 Permanent Redirect']
      .concat(['400 Bad Request', '407 Proxy Authentication Required', '421 Misdirected Request'])
      .concat([
        '499 unknown',
        '500 Internal Server Error',
        '511 Network Authentication Required',
        '599 unknown',
      ])
      .map((status) => [`/${status.slice(0, 3)}-status`, answer(status, [LENGTH], 'ok')]),
  ),
}

const sentOf = (exact: string | [string, string]) => (typeof exact === 'string' ? exact : exact[0])
const gotOf = (exact: string | [string, string]) => (typeof exact === 'string' ? exact : exact[1])
// Node says last that it uses chunks.
const chunkedLast = (text: string) =>
  text.replace(/(Transfer-Encoding: chunked\r\n)((?:.+\r\n)*)(?=\r\n)/, '$2$1')

/** Waits for what is to come on a connection; fails when that ends before. */
async function hearsUntil(connection: RawConnection, isHeard: () => boolean): Promise<void> {
  const { socket } = connection
  while (!isHeard()) {
    if (socket.destroyed) throw new Error(`the connection ended after ${connection.text}`)
    await Promise.race([once(socket, 'data'), once(socket, 'close')])
  }
}

test('an answer reaches its client as the app made it, and the connections go on', async (t) => {
  const { app, port, head } = await startExchange(
    t,
    Object.fromEntries(Object.entries(EXACT).map(([path, exact]) => [path, sentOf(exact)])),
  )
  const connection = openRaw(t, port, '')
  for (const [path, exact] of Object.entries(EXACT)) {
    const before = connection.text.length
    connection.socket.write(head(`GET ${path}`))
    await hearsUntil(connection, () => readResponse(connection.text.slice(before), 'GET') !== undefined)
    t.equal(withoutOwn(connection.text.slice(before)), chunkedLast(gotOf(exact)), path)
  }
  // Undici waits for the body that a length speaks of where none can be, and gives the connection up.
  t.ok(app.sockets.length < 8, `${app.sockets.length} connections to the app`)
})

test('an answer to HEAD has a head only, with the length that the app says', async (t) => {
  const { port, head } = await startExchange(t, {
    '/length': answer('200 OK', ['Content-Length: 1000']),
    '/chunked': answer('200 OK', [CHUNKED]),
    '/neither': answer('404 Not Found', ['X-A: 1']),
    '/body': OK,
  })
  const lines = { '/length': 'Content-Length: 1000\r\n', '/neither': 'X-A: 1\r\n', '/body': `${LENGTH}\r\n` }
  const connection = openRaw(t, port, '')
  for (const path of ['/length', '/chunked', '/neither', '/body'] as const) {
    const before = connection.text.length
    connection.socket.write(head(`HEAD ${path}`))
    await hearsUntil(connection, () => connection.text.slice(before).endsWith('\r\n\r\n'))
    const status = path === '/neither' ? '404 Not Found' : '200 OK'
    const line = path === '/chunked' ? '' : lines[path]
    t.equal(withoutOwn(connection.text.slice(before)), `HTTP/1.1 ${status}\r\n${line}\r\n`, path)
  }
})

test('an answer without a length ends with its connection, and has an end that its client understands', async (t) => {
  const { port, head } = await startExchange(t, {
    '/1.1': (socket) => socket.end(answer('200 OK', ['X-A: 1'], 'whole')),
    '/1.0': (socket) => socket.end(answer('200 OK', ['X-A: 1'], 'whole').replace('1.1', '1.0')),
    '/chunked': answer('200 OK', ['X-A: 1', CHUNKED], '5\r\nwhole\r\n0\r\nX-Sum: 1\r\n\r\n'),
    '/length': answer('200 OK', ['X-A: 1', 'Content-Length: 5'], 'whole'),
  })
  for (const path of ['/1.1', '/1.0']) {
    const got = await rawRequest(port, head(`GET ${path}`))
    t.equal(withoutOwn(got), answer('200 OK', ['X-A: 1', CHUNKED], '5\r\nwhole\r\n0\r\n\r\n'), path)
  }
  for (const path of ['/1.1', '/1.0', '/chunked', '/length']) {
    const old = openRaw(t, port, head(`GET ${path} HTTP/1.0`))
    const lines = path === '/length' ? ['X-A: 1', 'Content-Length: 5'] : ['X-A: 1']
    t.equal(withoutOwn(await old.closed()), answer('200 OK', lines, 'whole'), `${path} to HTTP/1.0`)
  }
  const kept = openRaw(t, port, head('GET /length HTTP/1.0', 'Connection: keep-alive'))
  await kept.hears(/connection: keep-alive\r\n[\s\S]*whole$/i)
  kept.socket.write(head('GET /chunked HTTP/1.0', 'Connection: keep-alive'))
  t.match(await kept.closed(), /whole[\s\S]*connection: close\r\n[\s\S]*whole$/i, 'no length, no reuse')
})

/** What the app sends before it is gone, and how it goes. */
const BROKEN: Readonly<Record<string, [sent: string, go: (socket: Socket) => void]>> = {
  '/length': [answer('200 OK', ['Content-Length: 1000'], 'half'), (socket) => socket.end()],
  '/length-reset': [answer('200 OK', ['Content-Length: 1000'], 'half'), (socket) => socket.resetAndDestroy()],
  '/chunk': [answer('200 OK', [CHUNKED], '4\r\nhalf\r\n'), (socket) => socket.end()],
  '/within-chunk': [answer('200 OK', [CHUNKED], '8\r\nhalf'), (socket) => socket.end()],
  '/last-chunk': [answer('200 OK', [CHUNKED], '4\r\nhalf\r\n0\r\n'), (socket) => socket.end()],
  '/trailer': [
    answer('200 OK', [CHUNKED], '4\r\nhalf\r\n'),
    (socket) => socket.write('0\r\nX-Sum: \x01\r\n\r\n'),
  ],
  '/bad-chunk': [answer('200 OK', [CHUNKED], '4\r\nhalf\r\n'), (socket) => socket.write('x\r\n')],
  '/neither-reset': [answer('200 OK', [], 'half'), (socket) => socket.resetAndDestroy()],
}

test('an answer that breaks off looks broken, to HTTP/1.0 as well', async (t) => {
  const socketOf: Record<string, Socket> = {}
  const { port, head } = await startExchange(
    t,
    Object.fromEntries(
      Object.entries(BROKEN).map(([path, [sent]]) => [
        path,
        (socket: Socket) => {
          socketOf[path] = socket
          socket.write(sent, 'latin1')
        },
      ]),
    ),
  )
  for (const [path, [, go]] of Object.entries(BROKEN)) {
    for (const version of ['1.1', '1.0']) {
      let wasReset = false
      const client = openRaw(t, port, head(`GET ${path} HTTP/${version}`, 'Connection: close'))
      client.socket.on('error', ({ code }: NodeJS.ErrnoException) => {
        wasReset = code === 'ECONNRESET'
      })
      await client.hears(/half/)
      go(socketOf[path] as Socket)
      const text = await client.closed()
      if (version === '1.1') t.equal(readResponse(text, 'GET'), undefined, path)
      else t.ok(wasReset, `${path} to HTTP/1.0`)
    }
  }
})

test('an answer that can be read in two ways, or not at all, is 502', async (t) => {
  const answers = {
    '/length-and-chunks': answer('200 OK', [CHUNKED, LENGTH], '2\r\nok\r\n0\r\n\r\n'),
    '/two-lengths': answer('200 OK', [LENGTH, 'Content-Length: 1'], 'ok'),
    '/no-number': answer('200 OK', ['Content-Length: 2x'], 'ok'),
    '/negative': answer('200 OK', ['Content-Length: -2'], 'ok'),
    '/gzip': answer('200 OK', ['Transfer-Encoding: gzip, chunked'], '2\r\nok\r\n0\r\n\r\n'),
    '/gzip-line': answer('200 OK', ['Transfer-Encoding: gzip', CHUNKED], '2\r\nok\r\n0\r\n\r\n'),
    '/gzip-only': answer('200 OK', ['Transfer-Encoding: gzip'], 'ok'),
    '/control': answer('200 OK', ['X-A: a\x01b', LENGTH], 'ok'),
    '/nul': answer('200 OK', ['X-A: a\0b', LENGTH], 'ok'),
    '/name': answer('200 OK', ['X A: a', LENGTH], 'ok'),
    '/bare-cr': answer('200 OK', ['X-A: a\rSet-Cookie: a=b', LENGTH], 'ok'),
    '/099': answer('099 OK', [LENGTH], 'ok'),
    '/1000': answer('1000 OK', [LENGTH], 'ok'),
    '/too-large': answer('200 OK', [`X-Large: ${'x'.repeat(20_000)}`, LENGTH], 'ok'),
    '/hints-control': answer('103 Early Hints', ['Link: a\x01b'], OK),
  }
  const { port, head, proxy } = await startExchange(t, answers)
  for (const path of Object.keys(answers)) {
    t.match(
      await rawRequest(port, head(`GET ${path}`)),
      /^HTTP\/1\.1 502 [\s\S]*"upstream_unreachable"/,
      path,
    )
  }
  t.notMatch(proxy.log, [{ reason: /undefined/ }])
})
