import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { type Test, test } from 'tap'
import { Client } from '../fixtures/client.js'
import { closed } from '../fixtures/closed.js'
import { listen } from '../fixtures/listen.js'
import { openRaw } from '../fixtures/raw-connection.js'
import { OK, startScript } from '../fixtures/scripted-upstream.js'
import { until } from '../fixtures/until.js'
import { startWorld } from '../fixtures/world.js'

type Script = Parameters<typeof startScript>[1]

/** Somebody signed in, in front of an upstream. */
async function startBefore(t: Test, url: string) {
  const world = await startWorld(t, { settings: { upstream: url } })
  const client = new Client()
  await client.get(world.url('acme', '/page'), { redirect: 'follow' })
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  const head = (line: string, ...lines: string[]) =>
    [`${line} HTTP/1.1`, 'Host: acme.localhost', `Cookie: ${cookie}`, ...lines, '\r\n'].join('\r\n')
  return { world, client, head, port: world.port }
}

/** In front of one that follows a script for some paths and answers `ok` on others. */
async function start(t: Test, scripts: Readonly<Record<string, Script>>) {
  const upstream = await startScript(t, (socket, nth, head) => {
    const script = scripts[head.split(' ')[1] ?? '']
    if (script === undefined) socket.write(OK)
    else script(socket, nth, head)
  })
  return { upstream, ...(await startBefore(t, upstream.url)) }
}

test('answers without a body end where they should, and the connection goes on', async (t) => {
  const answer =
    (text: string): Script =>
    (socket) =>
      socket.write(text)
  const { head, port, upstream } = await start(t, {
    '/head': answer('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'),
    '/204': answer('HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n'),
    '/304': answer('HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'),
    '/early': answer(`HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`),
    '/empty': answer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  })
  const connection = openRaw(t, port, head('HEAD /head'))
  const steps: [heard: RegExp, next: string][] = [
    [/^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 1000\r\n[\s\S]*\r\n\r\n$/, head('GET /204')],
    [/HTTP\/1\.1 204 No Content\r\nX-A: 1\r\n[\s\S]*\r\n\r\n$/, head('GET /304')],
    [/HTTP\/1\.1 304 Not Modified\r\nETag: "x"\r\n[\s\S]*\r\n\r\n$/, head('GET /early')],
    [/HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/, head('GET /empty')],
    [/\r\n\r\n0\r\n\r\n$/, head('GET /last', 'Connection: close')],
  ]
  for (const [heard, next] of steps) {
    await connection.hears(heard)
    connection.socket.write(next)
  }
  t.match(await connection.closed(), /\r\n\r\nok$/)
  t.equal(connection.text.match(/HTTP\/1\.1 /g)?.length, 6 + 2, 'one each, and two interim ones')
  t.ok(upstream.sockets.length < 6, 'and the upstream was not connected to for each')
})

const CHUNK = 'x'.repeat(64 * 1024)
const LENGTH = 'Content-Length: 1000000000000'

/** Writes for as long as it may, and says how much that was. */
function writeOn(stream: Writable) {
  const written = { bytes: 0 }
  const write = () => {
    while (stream.writable) {
      written.bytes += CHUNK.length
      if (!stream.write(CHUNK)) return
    }
  }
  stream.on('drain', write)
  write()
  return written
}

/** In front of an app that neither reads bodies nor ends answers, except on other paths than these. */
async function startHolding(t: Test) {
  const held: { request: IncomingMessage; response: ServerResponse }[] = []
  const server = createServer((request, response) => {
    if (request.url === '/page') response.end('ok')
    else held.push({ request, response })
  })
  const url = `http://127.0.0.1:${await listen(server)}`
  t.teardown(() => server.close().closeAllConnections())
  const parts = await startBefore(t, url)
  return {
    ...parts,
    /** Sends a request and resolves with both its ends. */
    async hold(bytes: string) {
      const before = held.length
      const connection = openRaw(t, parts.port, bytes)
      await until('the app has the request', () => held.length > before)
      return { connection, ...(held.at(-1) as (typeof held)[number]) }
    },
  }
}

test('a slow reader slows the writer down, in both directions', async (t) => {
  const { client, head, hold, world } = await startHolding(t)
  const comesToRest = async (written: { readonly bytes: number }) => {
    let [before, calm] = [0, 0]
    await until('nothing more is written', async () => {
      await client.xhr(world.url('acme', '/page'))
      calm = written.bytes === before ? calm + 1 : 0
      before = written.bytes
      return calm > 10
    })
    t.ok(written.bytes < 64 * 1024 * 1024, `${written.bytes} bytes are on their way`)
  }
  const download = await hold(head('GET /download'))
  download.connection.socket.pause()
  await comesToRest(writeOn(download.response))
  download.connection.socket.destroy()
  await closed(download.response)
  const upload = await hold(`${head('POST /upload', LENGTH)}hello`)
  await comesToRest(writeOn(upload.connection.socket))
  upload.connection.socket.destroy()
})

test('who leaves in the middle of an upload or of an answer takes the request to the app along', async (t) => {
  const { head, hold } = await startHolding(t)
  for (const end of ['destroy', 'resetAndDestroy'] as const) {
    const upload = await hold(`${head('POST /upload', LENGTH)}hello`)
    upload.request.resume()
    const aborted = once(upload.request, 'error')
    upload.connection.socket[end]()
    t.match(await aborted, [{ code: 'ECONNRESET' }], 'it does not look complete')
    const chunked = await hold(`${head('POST /upload', 'Transfer-Encoding: chunked')}5\r\nhello\r\n`)
    chunked.request.resume()
    const cut = once(chunked.request, 'error')
    chunked.connection.socket[end]()
    t.match(await cut, [{ code: 'ECONNRESET' }])
    const download = await hold(head('GET /download'))
    download.response.write('x')
    await download.connection.hears(/x/)
    download.connection.socket[end]()
    await closed(download.response)
  }
})

test('an app that answers or leaves in the middle of an upload is heard, and the connection ends', async (t) => {
  const { head, hold } = await startHolding(t)
  const refused = await hold(`${head('POST /upload', LENGTH)}hello`)
  refused.response.writeHead(413, { connection: 'close' }).end('too much')
  const text = await refused.connection.closed()
  t.match(text, /^HTTP\/1\.1 413 /)
  t.match(text, /^connection: close\r$/im)
  t.match(text, 'too much')
  const left = await hold(`${head('POST /upload', LENGTH)}hello`)
  left.request.socket.destroy()
  await left.connection.hears(/^HTTP\/1\.1 502 /)
})

test('an app may answer while it is still being told, word for word', async (t) => {
  const { head, hold } = await startHolding(t)
  const talk = await hold(`${head('POST /talk', 'Transfer-Encoding: chunked')}5\r\nword1\r\n`)
  talk.request.pipe(talk.response)
  for (const nth of [1, 2, 3]) {
    await talk.connection.hears(new RegExp(`word${nth}`))
    const rest = nth < 3 ? `5\r\nword${nth + 1}\r\n` : '0\r\n\r\n'
    t.notMatch(talk.connection.text, `word${nth + 1}`)
    talk.connection.socket.write(rest)
  }
  const text = await talk.connection.closed()
  t.match(text, /^HTTP\/1\.1 200 [\s\S]*\r\n5\r\nword1\r\n5\r\nword2\r\n5\r\nword3\r\n0\r\n\r\n$/)
})
