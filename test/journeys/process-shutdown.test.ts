import { once } from 'node:events'
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { Client } from '../fixtures/client.js'
import { type ProcessWorld, startProcessWorld } from '../fixtures/process-world.js'
import { readiness } from '../fixtures/readiness.js'
import { signIn } from '../fixtures/world.js'

/** A signed-in browser whose request the upstream does not answer. */
async function hang(world: ProcessWorld) {
  const client = new Client()
  await signIn(client, world.url())
  const answer = client.get(world.url('/slow')).then(
    (response) => `${response.status} ${response.text()}`,
    (error: NodeJS.ErrnoException) => String(error.code),
  )
  while (world.upstream.held === 0) await new Promise(setImmediate)
  return { client, answer }
}

test('SIGTERM turns readiness off, finishes what runs, refuses what is new, and exits 0', async (t) => {
  const world = await startProcessWorld(t)
  const doorward = await world.serve({ shutdown: { drain_delay: '3s', timeout: '20s' } })
  t.equal(await readiness(doorward), 200)
  const { client, answer } = await hang(world)
  doorward.kill('SIGTERM')
  t.match(await doorward.logged('stopping'), { level: 'info', signal: 'SIGTERM' })
  t.equal(await readiness(doorward), 503)
  t.equal((await client.get(world.url('/late'))).status, 200, 'while load balancers still look')
  // One that was still in the kernel's queue is reset; after that nobody is let in.
  const knock = () =>
    client.get(world.url()).then(
      ({ status }) => status,
      ({ code }) => code,
    )
  let answered = await knock()
  while (answered === 200 || answered === 'ECONNRESET') answered = await knock()
  t.equal(answered, 'ECONNREFUSED')
  t.equal(await readiness(doorward), 503, 'the admin listener is there to the end')
  world.upstream.release()
  t.equal(await answer, '200 released')
  t.equal(await doorward.exit, 0)
  t.equal(doorward.log.at(-1)?.msg, 'stopped')
  t.equal(doorward.stderr, '')
})

test('what has no end of its own is ended: WebSockets with 1001 on both sides, event streams', async (t) => {
  const world = await startProcessWorld(t)
  const doorward = await world.serve({ shutdown: { drain_delay: '1s', timeout: '20s' } })
  const client = new Client()
  await signIn(client, world.url())
  const { host } = new URL(world.url())
  const headers = { host, cookie: `doorward=${client.cookies('acme.localhost').doorward}` }
  const socket = new WebSocket(`ws://127.0.0.1:${doorward.port}/ws`, { headers })
  await once(socket, 'message')
  const [app] = world.upstream.sockets
  const events = { headers: { ...headers, accept: 'text/event-stream' } }
  const [stream] = await once(get({ port: doorward.port, path: '/sse', ...events }), 'response')
  const heard = text(stream)

  doorward.kill('SIGTERM')
  await doorward.logged('stopping')
  socket.send('still there')
  t.same(await once(socket, 'message'), [Buffer.from('still there'), false], 'not before drain_delay')
  const [told, browserTold] = await Promise.all([app && once(app, 'close'), once(socket, 'close')])
  t.equal(told?.[0], 1001)
  t.equal(browserTold[0], 1001)
  t.match(await heard, /^data: 1\n\n[\s\S]*\n\n$/, 'an event stream ends behind an event')
  t.ok(stream.complete)
  t.equal(await doorward.exit, 0)
  t.notOk(
    doorward.log.some(({ level }) => level === 'warn'),
    'nothing had to be cut off',
  )
})

test('a second signal ends the process at once', async (t) => {
  const world = await startProcessWorld(t)
  const doorward = await world.serve({ shutdown: { drain_delay: '0s', timeout: '60s' } })
  const { answer } = await hang(world)
  doorward.kill('SIGTERM')
  await doorward.logged('stopping')
  doorward.kill('SIGINT')
  t.equal(await doorward.exit, 1)
  t.equal(await answer, 'ECONNRESET')
})

test('what does not end is cut at the timeout, a hanging request and an open stream alike', async (t) => {
  const world = await startProcessWorld(t)
  const doorward = await world.serve({ shutdown: { drain_delay: '0s', timeout: '1s' } })
  const { client, answer } = await hang(world)
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  const { host } = new URL(world.url())
  const [stream] = await once(
    get({ port: doorward.port, path: '/sse', headers: { host, cookie } }),
    'response',
  )
  const cut = once(stream.resume(), 'end').catch(({ code }) => code)
  const before = Date.now()
  doorward.kill('SIGTERM')
  t.equal(await doorward.exit, 0)
  const took = Date.now() - before
  t.ok(took >= 1000 && took < 15_000, `${took} ms`)
  t.equal(await answer, 'ECONNRESET')
  t.equal(await cut, 'ECONNRESET', 'a stream that was cut does not look complete')
  t.equal(doorward.log.filter(({ level }) => level === 'warn').length, 1, 'the log says so')
})
