import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'tap'
import { listen } from '../fixtures/listen.js'
import { startRecorder } from '../fixtures/raw-upstream.js'
import { startWorld } from '../fixtures/world.js'

type Teardown = Parameters<typeof startWorld>[0]

const DRIP_MS = 50

/** Writes the same bytes again and again until the connection is gone. */
function drip(socket: Socket, bytes: string): void {
  const timer = setInterval(() => socket.write(bytes), DRIP_MS)
  socket.once('close', () => clearInterval(timer))
}

async function open(t: Teardown, port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  // Being cut off is what happens here.
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}

/** Everything that comes before the connection is gone, in whatever way. */
async function answer(socket: Socket): Promise<string> {
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk
  })
  // Not `once`, which rejects where what drips meets a closed connection, and resets it.
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve))
  return received
}

async function start(t: Teardown, upstream: string, limits: object) {
  const world = await startWorld(t, { settings: { upstream, server: { limits } } })
  const client = await world.client('acme')
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  return { world, head: `Host: acme.localhost\r\nCookie: ${cookie}\r\n` }
}

test('a client that does not get on is sent away, and nobody waits for it', async (t) => {
  const recorder = await startRecorder()
  t.teardown(() => recorder.close())
  const { world, head } = await start(t, recorder.url, { header_timeout: '1s', body_timeout: '1s' })
  const cases = {
    'headers that drip': async () => {
      const socket = await open(t, world.port, `GET /slow-head HTTP/1.1\r\n${head}X-Long: `)
      drip(socket, 'x')
      t.match(await answer(socket), /^HTTP\/1\.1 408 [\s\S]*"error":"request_timeout"/, 'headers that drip')
    },
    'a second request on a used connection': async () => {
      const socket = await open(t, world.port, `GET /a HTTP/1.1\r\n${head}\r\n`)
      await once(socket, 'data')
      socket.write('GET /slow-head HTTP/1.1\r\nX: ')
      drip(socket, 'x')
      t.match(await answer(socket), /^HTTP\/1\.1 408 /, 'a second request on a used connection')
    },
    // Browsers connect ahead of time: words on such a connection would be taken for the answer to what comes next.
    'a connection without a word': async () => {
      t.equal(await answer(await open(t, world.port, '')), '', 'a connection without a word')
    },
    'a body that drips': async () => {
      const socket = await open(
        t,
        world.port,
        `POST /slow-body HTTP/1.1\r\n${head}Content-Length: 9999\r\n\r\n`,
      )
      drip(socket, 'x')
      t.match(await answer(socket), /^HTTP\/1\.1 408 [\s\S]*"error":"request_timeout"/, 'a body that drips')
    },
    'chunks that drip': async () => {
      const socket = await open(
        t,
        world.port,
        `POST /slow-chunks HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`,
      )
      drip(socket, '1\r\nx\r\n')
      t.match(await answer(socket), /^HTTP\/1\.1 408 /, 'chunks that drip')
    },
    'a form for Doorward itself that drips': async () => {
      const form = 'Host: acme.localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n'
      const lead = `POST /oauth2/logout/backchannel HTTP/1.1\r\n${form}`
      const socket = await open(t, world.port, `${lead}Content-Length: 9999\r\n\r\n`)
      drip(socket, 'x')
      t.match(await answer(socket), /^HTTP\/1\.1 408 /, 'a form for Doorward itself that drips')
    },
    'a refused body that goes on': async () => {
      const socket = await open(
        t,
        world.port,
        'POST /refused HTTP/1.1\r\nHost: acme.localhost\r\nContent-Length: 9999\r\n\r\n',
      )
      drip(socket, 'x')
      t.match(await answer(socket), /^HTTP\/1\.1 401 /, 'a refused body that goes on')
    },
  }
  await Promise.all(Object.values(cases).map((run) => run()))
  while (recorder.open > 1) await new Promise((resolve) => setImmediate(resolve))
  t.notMatch(recorder.heads.join(), 'slow', 'nothing incomplete looks complete to the upstream')
})

test('an upload that gets on may take longer than any timeout, and so may an upstream', async (t) => {
  const upstream = createServer((socket) => {
    let end = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      end = (end + chunk.subarray(-7)).slice(-7)
      // What fits nowhere waits here for longer than a client may.
      if (chunk.includes('POST /hesitant')) {
        socket.pause()
        setTimeout(() => socket.resume(), 3_000)
      }
      if (chunk.includes('GET /') || end === 'THE END') {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone')
      }
    })
  })
  const port = await listen(upstream)
  t.teardown(() => upstream.close())
  const { world, head } = await start(t, `http://127.0.0.1:${port}`, { body_timeout: '2s' })
  const post = (path: string, length: number) =>
    open(
      t,
      world.port,
      `POST ${path} HTTP/1.1\r\n${head}Connection: close\r\nContent-Length: ${length}\r\n\r\n`,
    )

  const steady = async () => {
    const pieces = 30
    const socket = await post('/steady', pieces * 2048 + 7)
    const answered = answer(socket)
    for (let piece = 0; piece < pieces; piece += 1) {
      socket.write('x'.repeat(2048))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    socket.write('THE END')
    t.match(await answered, /^HTTP\/1\.1 200 /, 'a client that gets on')
  }
  const hesitant = async () => {
    const socket = await post('/hesitant', 30_000_007)
    const answered = answer(socket)
    socket.write('x'.repeat(30_000_000))
    socket.write('THE END')
    t.match(await answered, /^HTTP\/1\.1 200 /, 'an upstream that takes its time')
  }
  await Promise.all([steady(), hesitant()])
})
