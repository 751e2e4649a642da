import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { rawRequest } from '../fixtures/raw-request.js'
import { startRecorder } from '../fixtures/raw-upstream.js'
import { until } from '../fixtures/until.js'
import { startWorld, type World } from '../fixtures/world.js'

type Teardown = Parameters<typeof startWorld>[0]

async function start(t: Teardown, limits: object, settings: object = {}) {
  const world = await startWorld(t, { settings: { ...settings, server: { limits } } })
  const client = await world.client('acme')
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  return { world, client, cookie, head: `Host: acme.localhost\r\nCookie: ${cookie}\r\n` }
}

test('a body beyond the limit is 413, and the upstream never takes it for a request', async (t) => {
  const recorder = await startRecorder()
  t.teardown(() => recorder.close())
  const { world, client, head } = await start(t, { body_size: '1KiB' }, { upstream: recorder.url })
  const post = (framing: string, body: string, target = '/upload', headers = head) =>
    rawRequest(world.port, `POST ${target} HTTP/1.1\r\n${headers}${framing}\r\n\r\n${body}`)
  const chunk = (size: number) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`
  const CHUNKED = 'Transfer-Encoding: chunked'

  const before = recorder.heads.length
  const refused = /^HTTP\/1\.1 413 [\s\S]*"error":"body_too_large"/
  await t.test('one that says its length, before anything reaches the upstream', async (t) => {
    const connections = recorder.connections.join('')
    t.match(await post('Content-Length: 1025', 'x'.repeat(1025)), refused)
    t.match(await post('Content-Length: 9999999999999999', 'x'), refused)
    t.match(await post('Content-Length: 1025', 'x'.repeat(1025), '/oauth2/logout/backchannel'), refused)
    t.equal(recorder.connections.join(''), connections)
  })
  await t.test('one in chunks, in the first or a later one', async (t) => {
    t.match(await post(CHUNKED, chunk(1025)), refused)
    t.match(await post(CHUNKED, chunk(1000) + chunk(24) + chunk(1)), refused)
    await until('the connections to the upstream are broken off', () => recorder.open <= 1)
  })
  await t.test('one in chunks for Doorward itself', async (t) => {
    const form = 'Content-Type: application/x-www-form-urlencoded\r\n'
    t.match(await post(form + CHUNKED, `${chunk(1025)}0\r\n\r\n`, '/oauth2/logout/backchannel'), refused)
  })
  await t.test('a hostname of no tenant is told that first', async (t) => {
    t.match(await post('Content-Length: 1025', '', '/', 'Host: nobody\r\n'), /^HTTP\/1\.1 421 /)
  })
  t.equal(recorder.heads.length, before, 'no such request was complete')

  await t.test('one within it passes to the byte', async (t) => {
    t.match(await post('Content-Length: 1024', 'x'.repeat(1024)), /^HTTP\/1\.1 200 /)
    t.match(await post(CHUNKED, `${chunk(1000) + chunk(24)}0\r\n\r\n`), /^HTTP\/1\.1 200 /)
  })
  // Closed at once, the connection would take the answer with it while the client is still sending.
  await t.test('who sends on all the same gets the answer', async (t) => {
    const body = Buffer.alloc(20_000_000)
    const response = await client.xhr(world.url('acme', '/upload'), { method: 'POST', body })
    t.match(response.json(), { error: 'body_too_large' })
  })
})

test('headers beyond the limit are 431, on every listener', async (t) => {
  const { world, head } = await start(t, { header_size: '4KiB' })
  const ask = (port: number, bytes: number) =>
    rawRequest(port, `GET /livez HTTP/1.1\r\n${head}Connection: close\r\nX: ${'x'.repeat(bytes)}\r\n\r\n`)
  for (const port of [world.port, world.proxy.adminPort]) {
    t.match(await ask(port, 3_000), /^HTTP\/1\.1 200 /)
    t.match(await ask(port, 4_096), /^HTTP\/1\.1 431 [\s\S]*"error":"headers_too_large"/)
  }
})

// Node drops headers from the 2001st in silence: the body of this one was not forwarded.
test('no header is lost among thousands', async (t) => {
  const { world, head } = await start(t, {})
  const many = 'a:\r\n'.repeat(2_100)
  const answer = await rawRequest(
    world.port,
    `POST /echo HTTP/1.1\r\n${head}${many}Content-Length: 2\r\n\r\nok`,
  )
  t.match(answer, '"body":"ok"')
})

async function openStream(world: World, cookie: string) {
  const headers = { host: 'acme.localhost', cookie }
  const stream = request({ port: world.port, path: '/sse', headers, agent: false }).end()
  stream.on('error', () => undefined)
  const [answer] = await once(stream, 'response')
  answer.on('error', () => undefined).resume()
  return stream
}

test('a tenant has no more connections under way than its share', async (t) => {
  const { world, client, cookie } = await start(t, { connections_per_tenant: 2 })
  const headers = { host: 'acme.localhost', cookie }
  const status = async () => (await client.xhr(world.url('acme', '/echo'))).status

  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, { headers })
  await once(socket, 'message')
  t.equal(await status(), 200)
  const stream = await openStream(world, cookie)
  const refused = await client.xhr(world.url('acme', '/echo'))
  t.equal(refused.status, 503)
  t.match(refused.json(), { error: 'too_many_connections' })
  t.match(refused.headers['retry-after'], /^\d+$/)
  const page = await client.get(world.url('acme', '/'))
  t.match(page.text(), 'very busy', 'a page for people')
  t.match(world.proxy.log.at(-1), { level: 'warn', error: 'too_many_connections', tenant: 'acme' })

  t.equal((await (await world.client('globex')).xhr(world.url('globex', '/echo'))).status, 200)
  t.equal(
    (await client.xhr(world.url('acme', '/oauth2/session'))).status,
    200,
    'nor is a sign-out in the way',
  )

  socket.terminate()
  await until('the place of the WebSocket is free', async () => (await status()) === 200)
  const another = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, { headers })
  await once(another, 'message')
  t.equal(await status(), 503)
  stream.destroy()
  await until('the place of the stream is free', async () => (await status()) === 200)
  another.terminate()
})

test('what is refused takes no place', async (t) => {
  const { world, client } = await start(t, { connections_per_tenant: 1 })
  const stranger = await world.client()
  for (let count = 0; count < 3; count += 1) {
    t.equal((await stranger.xhr(world.url('acme'))).status, 401)
    t.equal((await client.xhr(world.url('acme', '/a%2fb'))).status, 400)
    t.equal((await client.xhr(world.url('acme', '/garbage'))).status, 502)
    t.equal((await client.xhr(world.url('acme', '/echo'))).status, 200)
  }
})

// Node ends the answer whose turn it is; those behind it went on for ever, each with its connection to the upstream.
test('a pipeline that is broken off leaves nothing behind', async (t) => {
  const { world, client, head } = await start(t, { connections_per_tenant: 5 })
  const socket = connect(world.port, '127.0.0.1')
  socket.write(`GET /sse HTTP/1.1\r\n${head}\r\n`.repeat(5))
  await until('five streams are open', () => world.upstream.openStreams === 5)
  socket.destroy()
  await until('none is', () => world.upstream.openStreams === 0)
  await until('all places are free', async () => {
    return (await client.xhr(world.url('acme', '/echo'))).status === 200
  })
})
