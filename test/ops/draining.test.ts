import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Test, test } from 'tap'
import { openRaw } from '../fixtures/raw-connection.js'
import { OK, startScript } from '../fixtures/scripted-upstream.js'
import { startWorld } from '../fixtures/world.js'

const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n'
const EVENTS = `${HEAD}Content-Type: text/event-stream\r\n\r\n`
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

/** Doorward in front of an app that leaves its answers to the test. */
async function prepare(t: Test) {
  const asked: Socket[] = []
  let heard = () => {}
  const script = await startScript(t, (socket, _nth, head) => {
    if (head.startsWith('GET /now ')) {
      socket.write(OK.replace('Content-', 'Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-'))
      return
    }
    asked.push(socket)
    heard()
  })
  const server = { shutdown: { drain_delay: '0s', timeout: '20s' } }
  const rules = [{ path: '/**', access: 'public' }]
  const world = await startWorld(t, { settings: { upstream: script.url, server, rules } })
  const send = (path: string, ...lines: string[]) => {
    if (path === '') return openRaw(t, world.port, '')
    const head = [`GET ${path} HTTP/1.1`, 'Host: acme.localhost', ...lines, '\r\n'].join('\r\n')
    return openRaw(t, world.port, head)
  }
  /** Asks, and waits until the app has heard of it. */
  const ask = async (path: string, ...lines: string[]) => {
    const isHeard = new Promise<void>((resolve) => {
      heard = resolve
    })
    const client = send(path, ...lines)
    await isHeard
    return { client, app: asked.at(-1) as Socket }
  }
  const warned = () => world.proxy.log.some(({ level }) => level === 'warn')
  return { world, send, ask, warned }
}

test('at its end a listener finishes what is asked, and holds no connection beyond that', async (t) => {
  const { world, send, ask, warned } = await prepare(t)
  const silent = send('')
  const begun = await ask('/begun')
  begun.app.write(`${HEAD}\r\n${chunk('one')}`)
  await begun.client.hears(/one\r\n$/)
  const waiting = await ask('/waiting')
  const stopped = world.proxy.stop()
  t.equal(await silent.closed(), '', 'who has said nothing waits for nothing')

  waiting.app.write(OK)
  t.match(
    await waiting.client.closed(),
    /^Connection: close\r\n[\s\S]*ok$/m,
    'its answer says that it is the last',
  )
  begun.app.write('0\r\n\r\n')
  await begun.client.hears(/one\r\n0\r\n\r\n$/)
  begun.client.socket.write('GET /now HTTP/1.1\r\nHost: acme.localhost\r\n\r\n')
  const heard = await begun.client.closed()
  t.match(
    heard,
    /^Connection: keep-alive\r\n[\s\S]*^Connection: close\r\n[\s\S]*ok$/m,
    'what it could not say before',
  )
  t.match(heard, /^Set-Cookie: a=1\r\nSet-Cookie: b=2\r$/m, 'and it is whole')
  await stopped
  t.notOk(warned(), 'nothing had to be cut off')
})

test('at the end event streams end, each behind an event, and nothing that only looks like one', async (t) => {
  const { world, send, ask, warned } = await prepare(t)
  const silent = send('')
  const accept = 'Accept: text/event-stream'
  const quiet = await ask('/events', accept)
  quiet.app.write(`${EVENTS}${chunk('data: 1\r\n\r\n')}`)
  await quiet.client.hears(/data: 1\r\n\r\n\r\n$/)
  const talking = await ask('/events', accept)
  talking.app.write(`${EVENTS}${chunk('data: 1\r')}${chunk('\ndata: 2\r\n')}`)
  await talking.client.hears(/data: 2\r\n\r\n$/)
  const waiting = await ask('/events', accept)
  const other = await ask('/data', 'Accept: application/json, text/event-stream')
  const json = HEAD.replace('\r\n', '\r\nContent-Type: application/json\r\n')
  other.app.write(`${json}\r\n${chunk('{\n\n')}`)
  await other.client.hears(/\{\n\n\r\n$/)
  const stopped = world.proxy.stop()
  await silent.closed()

  t.match(await quiet.client.closed(), /data: 1\r\n\r\n\r\n0\r\n\r\n$/, 'one that is quiet ends at once')
  t.notMatch(talking.client.text, /0\r\n\r\n$/, 'one in the middle of an event does not')
  talking.app.write(chunk('\r'))
  t.match(await talking.client.closed(), /\r\n0\r\n\r\n$/)
  waiting.app.write(`${EVENTS}${chunk('data: 1\n\n')}`)
  t.match(await waiting.client.closed(), /0\r\n\r\n$/, 'nor one that has yet to begin')
  other.app.write(`${chunk('}')}0\r\n\r\n`)
  // Its head could not say that it is the last one, so its connection is kept for a moment; not for a minute.
  t.match(await other.client.closed(), /\{\n\n\r\n1\r\n\}\r\n0\r\n\r\n$/, 'other answers are finished')
  await Promise.all([quiet.app, talking.app].map((app) => app.closed || once(app, 'close')))
  await stopped
  t.notOk(warned(), 'nothing had to be cut off')
})
