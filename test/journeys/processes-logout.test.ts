import { type EventEmitter, once } from 'node:events'
import { get } from 'node:http'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { holdAnswers } from '../fixtures/okta/hold-answers.js'
import { startSharedWorld } from '../fixtures/process-world.js'
import { type RoamingBrowser, signInRoaming, signInToExpiry } from '../fixtures/roaming-browser.js'
import { tally } from '../fixtures/tally.js'

/** Milliseconds after a sign-out's answer within which every process knows of it, where none of them has to wait for a processor. */
const PROMISE = 100
/** Milliseconds; who was not told knows nothing of it for longer. */
const FORGOTTEN = 30_000
const TIMES = 20

/** What is open for as long as its session lives. */
interface Open {
  /** Resolves with the moment of its end. */
  readonly closed: Promise<number>
}

const closeOf = (emitter: EventEmitter): Promise<number> =>
  new Promise((resolve) => {
    emitter.on('error', () => undefined).once('close', () => resolve(performance.now()))
  })

async function openStream({ host, cookie }: RoamingBrowser, port: number): Promise<Open> {
  const headers = { host, cookie, accept: 'text/event-stream' }
  const [stream] = await once(get({ port, path: '/sse', headers, agent: false }), 'response')
  if (stream.statusCode !== 200) throw new Error(`no stream but ${stream.statusCode}`)
  return { closed: closeOf(stream.resume()) }
}

async function openSocket({ host, cookie }: RoamingBrowser, port: number): Promise<Open> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { host, cookie } })
  await once(socket, 'open')
  return { closed: closeOf(socket) }
}

test('a sign-out on one process is known to the others within a moment, and ends their streams', async (t) => {
  const world = await startSharedWorld(t)
  if (!world) return
  const [one, two, three] = await world.serveThree()
  const delays = {
    served: [] as number[],
    refused: [] as number[],
    stream: [] as number[],
    socket: [] as number[],
  }
  const measure = async () => {
    const browser = await signInRoaming(world, one)
    const stream = await openStream(browser, two.port)
    const socket = await openSocket(browser, three.port)
    // By now the process keeps the session in its memory.
    t.same(await tally([browser.ask(two), browser.ask(three)]), { '200': 2 })
    t.equal((await browser.go(one, '/oauth2/logout')).status, 303)
    const since = performance.now()
    let served = since
    for (let asked = since; (await browser.ask(two)).status === 200; asked = performance.now()) served = asked
    delays.served.push(served - since)
    delays.refused.push(performance.now() - since)
    delays.stream.push((await stream.closed) - since)
    delays.socket.push((await socket.closed) - since)
  }
  // A process that has just started takes longer for whatever it does for the first time.
  await measure()
  for (const values of Object.values(delays)) values.length = 0
  for (let time = 0; time < TIMES; time += 1) await measure()
  for (const [what, values] of Object.entries(delays)) {
    const sorted = values.map(Math.round).sort((a, b) => a - b)
    const [quartile, worst] = [sorted[TIMES / 4] ?? Number.NaN, sorted.at(-1) ?? Number.NaN]
    t.comment(`${what}: first quartile ${quartile} ms, worst ${worst} ms`)
    // Seven programs take part in each, on two processors that they share with other tests.
    t.ok(quartile < PROMISE, `${what}: ${sorted.join(', ')}`)
    t.ok(worst < FORGOTTEN, `${what}: ${sorted.join(', ')}`)
  }
})

test('a sign-out on one process wins over a refresh on another', async (t) => {
  const world = await startSharedWorld(t, { before: {}, after: {} })
  if (!world) return
  const processes = await world.serveThree()
  const [one, two, three] = processes
  t.jobs = 2
  const cases = ['before', 'after'].map((phase) =>
    t.test(`also ${phase} the token was rotated`, { buffered: true }, async (t) => {
      const { org, browser } = await signInToExpiry(world, one, phase)
      const { carriedOut, release } = holdAnswers(org)
      if (phase === 'before') org.behave('token', { hang: true })
      const calls = org.calls.token
      const waiting = tally([browser.ask(two)])
      await org.calledTimes('token', calls + 1)
      if (phase === 'after') await carriedOut
      t.equal((await browser.go(one, '/oauth2/logout')).status, 303)
      await org.calledTimes('revoke', 1)
      for (const at of [one, three]) t.same(await tally([browser.ask(at)]), { '401 with Set-Cookie': 1 })
      org.behave('token', undefined)
      release()
      t.same(await waiting, { '401 with Set-Cookie': 1 }, 'the request that waited for the refresh as well')
      for (const at of processes) t.same(await tally([browser.ask(at)]), { '401 with Set-Cookie': 1 })
      t.same(await world.redis.command('KEYS', `*session:${phase}:*`), [], 'nothing came back')
      // What the sign-out has revoked is the token before.
      if (phase === 'after') await org.calledTimes('revoke', 2)
    }),
  )
  await Promise.all(cases)
})
