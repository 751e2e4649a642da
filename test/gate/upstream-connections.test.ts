import type { Socket } from 'node:net'
import { test } from 'tap'
import { closed } from '../fixtures/closed.js'
import { startRecorder } from '../fixtures/raw-upstream.js'
import { OK, startScript } from '../fixtures/scripted-upstream.js'
import { ask, openConnections, upstreamAt } from './ask-upstream.js'

test('connections are used again, also by others who say the same of the upstream', async (t) => {
  const recorder = await startRecorder()
  t.teardown(() => recorder.close())
  const connections = openConnections(t)
  for (const body of [undefined, 'hello', undefined]) {
    const method = body === undefined ? 'GET' : 'POST'
    await ask(connections, upstreamAt(recorder.url), { method, ...(body && { body }) })
  }
  await ask(connections, upstreamAt(recorder.url), { host: 'globex.localhost' })
  t.equal(recorder.connections.length, 1)
  await ask(connections, upstreamAt(recorder.url, { response_timeout: 1_000 }))
  t.equal(recorder.connections.length, 2, 'but not by who says something else')
})

const ENDINGS: [name: string, end: (socket: Socket) => void][] = [
  ['closed', (socket) => socket.end()],
  ['reset', (socket) => socket.resetAndDestroy()],
]

for (const [name, end] of ENDINGS) {
  // The upstream closes what it takes for idle at the moment in which the next request is on its way.
  test(`a connection that is ${name} when it is used again costs nobody an answer, where that is safe`, async (t) => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']) {
      const upstream = await startScript(t, (socket, nth) => (nth === 1 ? socket.write(OK) : end(socket)))
      const connections = openConnections(t)
      await ask(connections, upstreamAt(upstream.url))
      t.match(await ask(connections, upstreamAt(upstream.url), { method }), { status: 200 }, method)
      t.equal(upstream.heads.length, 3, `${method} was sent twice, and not more often`)
      t.equal(upstream.sockets.length, 2)
    }
  })

  test(`on a connection that is ${name} nothing is sent twice that could be done twice`, async (t) => {
    for (const said of [
      { method: 'POST' },
      { method: 'PATCH' },
      { method: 'PROPPATCH' },
      { method: 'POST', body: 'hello' },
      // Its body is gone.
      { method: 'PUT', body: 'hello' },
    ]) {
      const upstream = await startScript(t, (socket, nth) => (nth === 1 ? socket.write(OK) : end(socket)))
      const connections = openConnections(t)
      await ask(connections, upstreamAt(upstream.url))
      await t.rejects(ask(connections, upstreamAt(upstream.url), said), JSON.stringify(said))
      t.equal(upstream.heads.length, 2)
      t.equal(upstream.sockets.length, 1)
    }
  })
}

test('a request is sent again once, and on a new connection', async (t) => {
  // All connections are fine until the upstream is told to fall ill.
  let isIll = false
  const upstream = await startScript(t, (socket) => (isIll ? socket.destroy() : socket.write(OK)))
  const connections = openConnections(t)
  await Promise.all([1, 2, 3, 4].map(() => ask(connections, upstreamAt(upstream.url))))
  const before = upstream.sockets.length
  isIll = true
  await t.rejects(ask(connections, upstreamAt(upstream.url)))
  t.equal(upstream.heads.length, 4 + 2)
  t.equal(upstream.sockets.length, before + 1)
})

test('an upstream that loses a new connection is not asked again', async (t) => {
  const upstream = await startScript(t, (socket) => socket.destroy())
  await t.rejects(ask(openConnections(t), upstreamAt(upstream.url)))
  t.equal(upstream.heads.length, 1)
})

test('an upstream that has begun to answer is not asked again', async (t) => {
  for (const part of [
    'H',
    'HTTP/1.1 2',
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: ',
    'garbage',
  ]) {
    const upstream = await startScript(t, (socket, nth) => (nth === 1 ? socket.write(OK) : socket.end(part)))
    const connections = openConnections(t)
    await ask(connections, upstreamAt(upstream.url))
    await t.rejects(ask(connections, upstreamAt(upstream.url)), part)
    t.equal(upstream.heads.length, 2, part)
  }
})

test('an upstream that is too slow is not asked again', async (t) => {
  const upstream = await startScript(t, (socket, nth) => nth === 1 && socket.write(OK))
  const connections = openConnections(t)
  const impatient = upstreamAt(upstream.url, { response_timeout: 2_000 })
  await ask(connections, impatient)
  await t.rejects(ask(connections, impatient), { code: 'UND_ERR_HEADERS_TIMEOUT' })
  t.equal(upstream.heads.length, 2)
})

// Without this, whoever can make the upstream write too much answers the next request of somebody else.
test("what an upstream says without being asked is nobody's answer", async (t) => {
  const upstream = await startScript(t, (socket, nth) =>
    socket.write(nth === 1 ? `${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged` : OK),
  )
  const connections = openConnections(t)
  for (let turn = 0; turn < 4; turn += 1) {
    t.equal((await ask(connections, upstreamAt(upstream.url))).text, 'ok')
  }
})

test('a connection that nobody uses is closed, at the latest after idle_timeout', async (t) => {
  // The upstream's hint may only shorten the time.
  const answer = OK.replace('\r\n\r\n', '\r\nKeep-Alive: timeout=600\r\n\r\n')
  const upstream = await startScript(t, (socket) => socket.write(answer))
  await ask(openConnections(t), upstreamAt(upstream.url, { idle_timeout: 50 }))
  await closed(upstream.sockets[0] as Socket)
  t.pass('closed')
})
