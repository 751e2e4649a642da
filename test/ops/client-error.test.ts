import { createServer } from 'node:http'
import { connect } from 'node:net'
import { type Test, test } from 'tap'
import { clientErrorHandler } from '../../src/ops/client-error.js'
import { listen } from '../fixtures/listen.js'

async function start(t: Pick<Test, 'teardown'>): Promise<number> {
  const server = createServer({ maxHeaderSize: 1024 }, (request, response) => {
    request.resume()
    if (request.url === '/later') setImmediate(() => response.end('fine'))
    else response.end('fine')
  })
  server.on('clientError', clientErrorHandler)
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return listen(server)
}

/** Sends exact bytes and resolves with all that came back when the server has closed. */
function send(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.setEncoding('latin1')
    socket.on('data', (text) => {
      received += text
    })
    socket.on('close', () => resolve(received))
    // A reset may be the end of it as well; what came before is what counts.
    socket.on('error', () => undefined)
  })
}

const malformed: [what: string, bytes: string, status: number, code: string][] = [
  ['noise', 'NOISE\r\n\r\n', 400, 'malformed_request'],
  ['binary', '\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n', 400, 'malformed_request'],
  ['a header without a colon', 'GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n', 400, 'malformed_request'],
  ['a blank before the colon', 'GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n', 400, 'malformed_request'],
  ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: \u0000\r\n\r\n', 400, 'malformed_request'],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    400,
    'malformed_request',
  ],
  [
    'length and chunks',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'malformed_request',
  ],
  [
    'too many headers',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(5000)}\r\n\r\n`,
    431,
    'headers_too_large',
  ],
  ['too long a target', `GET /${'y'.repeat(5000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'headers_too_large'],
]

test('what the parser refuses is answered in JSON and the connection closed', async (t) => {
  const port = await start(t)
  for (const [what, bytes, status, code] of malformed) {
    const [head = '', body = ''] = (await send(port, bytes)).split('\r\n\r\n')
    t.match(head, `HTTP/1.1 ${status} `, what)
    t.match(head, /\r\nConnection: close/, what)
    t.match(head, /\r\nCache-Control: no-store/, what)
    t.match(head, `\r\nContent-Length: ${body.length}`, what)
    t.equal(JSON.parse(body).error, code, what)
    t.notMatch(body, /yyyy|NOISE/, 'nothing is reflected')
  }
})

// Whoever pipelines takes the first answer for that of the first request.
test('a refusal is never taken for the answer to the request before it', async (t) => {
  const port = await start(t)
  for (const path of ['/', '/later']) {
    const answers = await send(port, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\nNOISE\r\n\r\n`)
    t.match(answers, /^HTTP\/1\.1 200 OK\r\n[\s\S]*fine$/, path)
  }
})

test('a peer that goes away is not answered', async (t) => {
  const port = await start(t)
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.resetAndDestroy()
  t.match(await send(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'), 'HTTP/1.1 200 OK')
})
