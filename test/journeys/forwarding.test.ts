import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { METHODS, request } from 'node:http'
import { connect } from 'node:net'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { closed } from '../fixtures/closed.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { startRecorder } from '../fixtures/raw-upstream.js'
import { startWorld, type World } from '../fixtures/world.js'

async function signedIn(t: Parameters<typeof startWorld>[0], options: Parameters<typeof startWorld>[1] = {}) {
  const world = await startWorld(t, options)
  const client = await world.client('acme')
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  return { world, client, cookie }
}

const open = (world: World, path: string, cookie: string, method = 'GET') =>
  request({
    port: world.port,
    path,
    method,
    headers: { host: 'acme.localhost', cookie, accept: 'application/json' },
  })

test('every method reaches the upstream, with its body', async (t) => {
  const { world, client } = await signedIn(t)
  for (const method of METHODS.filter((name) => name !== 'CONNECT')) {
    const body = method === 'HEAD' || method === 'TRACE' ? undefined : `body of ${method}`
    const response = await client.xhr(world.url('acme', '/echo?x=1'), {
      method,
      // Node's client frames the bodies of some methods only when told to.
      ...(body ? { body, headers: { 'content-length': String(body.length) } } : {}),
    })
    t.equal(response.status, 200, method)
    t.equal(world.upstream.requests.at(-1)?.method, method)
    if (method !== 'HEAD') t.match(response.json(), { method, url: '/echo?x=1', ...(body ? { body } : {}) })
  }
})

test('the request target reaches the upstream byte for byte', async (t) => {
  const recorder = await startRecorder()
  t.teardown(() => recorder.close())
  const { world, cookie } = await signedIn(t, { settings: { upstream: recorder.url } })
  const targets = [
    '/',
    '/%20',
    '/a;v=1',
    '/a//b',
    '/a?next=https://x.example/../y',
    '/a?',
    "/it's(fine)!*,:@&=+$",
    '/a?{}|^`"<>',
    '/a/...',
    '/%C3%BC?%zz',
  ]
  for (const target of targets) {
    const head = `GET ${target} HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`
    t.match(await rawRequest(world.port, head), /^HTTP\/1\.1 200 /, target)
    t.equal(recorder.heads.at(-1)?.split(' HTTP/1.1\r\n')[0], `GET ${target}`)
  }
  const before = recorder.heads.length
  for (const target of [
    '/a/../b',
    '/a/./b',
    '/..',
    '/%2e%2e/b',
    '/a%2fb',
    '/a\\b',
    '/a%5cb',
    '/a%00',
    '/%zz',
    '//evil.example/',
    '/a/..;/b',
    'http://acme.localhost/a',
    '*',
    '/\xc3\xbc',
    '/a#b',
  ]) {
    const head = `GET ${target} HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`
    t.match(await rawRequest(world.port, head), /^HTTP\/1\.1 400 /, target)
  }
  t.equal(recorder.heads.length, before, 'what has no single meaning stays here')
})

test('bodies are streamed both ways, chunked and with a length', async (t) => {
  const { world, client, cookie } = await signedIn(t)
  const body = randomBytes(5_000_000)
  const sha256 = createHash('sha256').update(body).digest('hex')
  const sent = await client.xhr(world.url('acme', '/sink'), { method: 'PUT', body })
  t.match(sent.json(), { bytes: body.length, sha256 })

  const upload = open(world, '/sink', cookie, 'POST')
  for (let start = 0; start < body.length; start += 1_000_000)
    upload.write(body.subarray(start, start + 1_000_000))
  upload.end()
  const [answer] = await once(upload, 'response')
  t.match(JSON.parse(String(await answer.toArray())), { bytes: body.length, sha256 })

  const download = await client.xhr(world.url('acme', '/bytes/5000000'))
  t.equal(download.headers['content-length'], '5000000')
  t.equal(download.text().length, 5_000_000)
})

test('an event stream arrives as it is written, and ends when the browser goes away', async (t) => {
  const { world, cookie } = await signedIn(t)
  const stream = open(world, '/sse', cookie)
  stream.end()
  const [answer] = await once(stream, 'response')
  t.match(answer.headers['content-type'], 'text/event-stream')
  let text = ''
  answer.on('data', (chunk: Buffer) => {
    text += chunk
  })
  while (!text.includes('data: 3')) await once(answer, 'data')
  t.match(text, /^data: 1\n\ndata: 2\n\ndata: 3/)
  t.equal(world.upstream.openStreams, 1)
  stream.destroy()
  while (world.upstream.openStreams > 0) await new Promise((resolve) => setImmediate(resolve))
  t.equal(world.upstream.openStreams, 0)
})

test('an answer keeps its status, headers, cookies and trailers', async (t) => {
  const { world, client, cookie } = await signedIn(t)
  t.equal((await client.xhr(world.url('acme', '/status/418'))).status, 418)
  t.equal((await client.xhr(world.url('acme', '/status/204'))).text(), '')
  t.equal((await client.xhr(world.url('acme', '/status/503'))).text(), 'status 503', 'nothing is tried again')
  t.equal(world.upstream.requests.filter(({ url }) => url === '/status/503').length, 1)
  t.same((await client.xhr(world.url('acme', '/set-cookie'))).setCookies, [
    'one=1; Path=/',
    'two=2; Path=/; HttpOnly',
  ])
  t.equal((await client.xhr(world.url('acme', '/redirect'))).headers.location, '/somewhere')
  t.equal((await client.xhr(world.url('acme', '/early'))).text(), 'after early hints')
  const stream = open(world, '/trailers', cookie)
  stream.end()
  const [answer] = await once(stream, 'response')
  const text = String(await answer.toArray())
  t.equal(answer.trailers['x-checksum'], createHash('sha256').update(text).digest('hex'))
})

test('Expect: 100-continue is answered, and the body follows', async (t) => {
  const { world, cookie } = await signedIn(t)
  const answer = await rawRequest(
    world.port,
    `POST /echo HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello`,
  )
  t.match(answer, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
  t.match(answer, '"body":"hello"')
})

test('an upstream that fails is 502, and an answer that breaks off does not look complete', async (t) => {
  const { world, client, cookie } = await signedIn(t)
  for (const path of ['/garbage', '/hangup']) {
    const page = await client.get(world.url('acme', path))
    t.equal(page.status, 502, path)
    t.match(page.text(), 'Application not reachable')
    t.match((await client.xhr(world.url('acme', path))).json(), { error: 'upstream_unreachable' })
  }
  const stream = open(world, '/truncated', cookie)
  stream.end()
  const [answer] = await once(stream, 'response')
  await t.rejects(answer.toArray(), { code: 'ECONNRESET' })
  await world.upstream.close()
  t.equal((await client.xhr(world.url('acme', '/echo'))).status, 502)
  const { host } = new URL(world.upstream.url)
  t.equal(world.proxy.log.at(-1)?.reason, `upstream: connect ECONNREFUSED ${host}`, 'which one of several')
})

test('a WebSocket is relayed with identity, subprotocol, text and binary', async (t) => {
  const { world, cookie } = await signedIn(t)
  const headers = {
    host: 'acme.localhost',
    cookie: `${cookie}; app=1`,
    'x-forwarded-user': 'root',
    origin: world.url('acme', ''),
  }
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws?x=1`, ['chat', 'other'], { headers })
  const [hello] = await once(socket, 'message')
  t.match(JSON.parse(String(hello)), {
    host: 'acme.localhost',
    cookie: 'app=1',
    'x-forwarded-user': '00ualice00000001',
    'x-forwarded-tenant': 'acme',
    origin: world.url('acme', ''),
  })
  t.equal(socket.protocol, 'chat')
  t.equal(world.upstream.requests.at(-1)?.url, '/ws?x=1')
  socket.send('text')
  t.same(await once(socket, 'message'), [Buffer.from('text'), false])
  socket.send(Buffer.from([0, 1, 255]))
  t.same(await once(socket, 'message'), [Buffer.from([0, 1, 255]), true])
  socket.close()
  await closed(socket)
})

test('a WebSocket closes when its session ends', async (t) => {
  const { world, client, cookie } = await signedIn(t)
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, {
    headers: { host: 'acme.localhost', cookie },
  })
  await once(socket, 'message')
  const ended = closed(socket)
  await client.get(world.url('acme', '/oauth2/logout'), { headers: { 'sec-fetch-site': 'same-origin' } })
  await ended
  while (world.upstream.sockets.size > 0) await new Promise((resolve) => setImmediate(resolve))
  t.equal(world.upstream.sockets.size, 0, 'at the upstream as well')
})

test('an event stream ends with its session; other requests of the browser are not disturbed', async (t) => {
  const { world, client, cookie } = await signedIn(t)
  const headers = { host: 'acme.localhost', cookie, accept: 'text/event-stream' }
  const stream = request({ port: world.port, path: '/sse', headers }).end()
  const [answer] = await once(stream, 'response')
  const ended = t.rejects(answer.toArray(), { code: 'ECONNRESET' })
  const slow = client.xhr(world.url('acme', '/slow'))
  while (world.upstream.held === 0) await new Promise((resolve) => setImmediate(resolve))
  await client.get(world.url('acme', '/oauth2/logout'), { headers: { 'sec-fetch-site': 'same-origin' } })
  await ended
  world.upstream.release()
  t.equal((await slow).status, 200)
})

test('an upgrade that the upstream refuses leaves no tunnel behind', async (t) => {
  const { world, cookie } = await signedIn(t)
  const socket = connect(world.port, '127.0.0.1')
  const handshake = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
  socket.write(
    `GET /ws-refused HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${handshake}\r\n`,
  )
  socket.resume()
  socket.write(`GET /smuggled HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\n\r\n`)
  await closed(socket)
  const urls = world.upstream.requests.map(({ url }) => url)
  t.ok(urls.includes('/ws-refused'))
  t.notOk(urls.includes('/smuggled'))
})

test('a request that only half asks for a WebSocket is refused or forwarded as HTTP, never a tunnel', async (t) => {
  const { world, cookie } = await signedIn(t)
  const ask = (headers: string) =>
    rawRequest(
      world.port,
      `GET /echo HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\n${headers}\r\n`,
    )
  t.match(await ask('Upgrade: websocket\r\nConnection: close\r\n'), /^HTTP\/1\.1 200 /)
  t.match(
    await ask('Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n'),
    /^HTTP\/1\.1 200 /,
  )
  t.match(await ask('Upgrade: websocket\r\nConnection: Upgrade\r\n'), /^HTTP\/1\.1 400 /)
})
