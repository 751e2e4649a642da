import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Test, test } from 'tap'
import { WebSocket } from 'ws'
import { closed } from '../fixtures/closed.js'
import { handshake, openRaw } from '../fixtures/raw-connection.js'
import { OK, startScript, switching } from '../fixtures/scripted-upstream.js'
import { until } from '../fixtures/until.js'
import { startWorld } from '../fixtures/world.js'

/** A WebSocket through Doorward, as the two sockets at its ends. */
async function open(t: Test) {
  const { world, client, openNext } = await prepare(t)
  return { world, client, ...(await openNext()) }
}

/** The same, for as many as are opened. */
async function prepare(t: Test, settings: object = {}) {
  let upstream: Socket | undefined
  const script = await startScript(t, (socket, _nth, head) => {
    if (head.startsWith('GET /ws ')) {
      upstream = socket
      socket.pause()
      socket.removeAllListeners('data')
      socket.write(switching(head))
    } else socket.write(OK)
  })
  const world = await startWorld(t, { settings: { upstream: script.url, ...settings } })
  const client = await world.client('acme')
  const cookie = `Cookie: doorward=${client.cookies('acme.localhost').doorward}`
  const openNext = async () => {
    const browser = openRaw(t, world.port, handshake('/ws', cookie))
    await browser.hears(/\r\n\r\n$/)
    return { browser, upstream: upstream as unknown as Socket }
  }
  return { world, client, openNext }
}

const CHUNK = 'x'.repeat(64 * 1024)

test('what one side has said before it ended, the other hears to its end, and may still answer', async (t) => {
  for (const first of ['browser', 'upstream'] as const) {
    const { browser, upstream } = await open(t)
    const [one, other] = first === 'browser' ? [browser.socket, upstream] : [upstream, browser.socket]
    let heard = 0
    other.on('data', (chunk) => {
      heard += chunk.length
    })
    other.resume()
    for (let count = 0; count < 100; count += 1) one.write(CHUNK)
    one.end()
    await once(other, 'end')
    t.equal(heard, 100 * CHUNK.length, `${first} ends`)
  }
  const { browser, upstream } = await open(t)
  upstream.removeAllListeners('end')
  upstream.resume()
  browser.socket.end('bye')
  await once(upstream, 'end')
  upstream.end('bye, too')
  t.match(await browser.closed(), /bye, too$/)
})

test('a side that is cut off cuts the other', async (t) => {
  const first = await open(t)
  first.upstream.resetAndDestroy()
  await first.browser.closed()
  const second = await open(t)
  second.browser.socket.resetAndDestroy()
  second.upstream.resume()
  await closed(second.upstream)
  t.pass('both are closed')
})

test('one side is read on only while the other keeps up, and nothing is lost', async (t) => {
  for (const slow of ['browser', 'upstream'] as const) {
    const { browser, upstream, client, world } = await open(t)
    const [reader, writer] = slow === 'browser' ? [browser.socket, upstream] : [upstream, browser.socket]
    reader.pause()
    let sent = 0
    const write = () => {
      while (writer.writable) {
        sent += CHUNK.length
        if (!writer.write(CHUNK)) break
      }
    }
    writer.on('drain', write)
    write()
    // Without back-pressure this would never come to rest.
    let [before, calm] = [0, 0]
    await until('nothing more is read', async () => {
      await client.xhr(world.url('acme', '/page'))
      calm = sent === before ? calm + 1 : 0
      before = sent
      return calm > 10
    })
    t.ok(sent < 64 * 1024 * 1024, `${slow} is slow, and ${sent} bytes are on their way`)
    let read = 0
    writer.removeListener('drain', write)
    writer.end()
    reader.on('data', (chunk) => {
      read += chunk.length
    })
    reader.resume()
    await once(reader, 'end')
    t.equal(read, sent)
  }
})

test('extensions and subprotocols are agreed between the browser and the upstream', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const headers = { host: 'acme.localhost', cookie: `doorward=${client.cookies('acme.localhost').doorward}` }
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, ['chat'], {
    headers,
    perMessageDeflate: true,
  })
  await once(socket, 'message')
  t.match(world.upstream.requests.at(-1)?.headers, {
    'sec-websocket-extensions': /permessage-deflate/,
    'sec-websocket-protocol': 'chat',
  })
  t.equal(socket.protocol, 'chat')
  socket.close(4000, 'done')
  t.same(await once(socket, 'close'), [4000, Buffer.from('done')], 'and so is how it ends')
})

/** A frame as a server sends it, latin1. */
const frame = (opcode: number, text: string) => String.fromCharCode(0x80 | opcode, text.length) + text

/** A frame as a browser sends it; with a mask of zeros the bytes stay as they are. */
const masked = (opcode: number, text: string) =>
  `${String.fromCharCode(0x80 | opcode, 0x80 | text.length)}\0\0\0\0${text}`

const [TEXT, CLOSE] = [1, 8]
const GOING_AWAY = '\x03\xe9'
const GOODBYE = '\x03\xe8'

/** The end of what has been heard. */
const last = (...texts: string[]) => new RegExp(`${texts.join('')}$`)

/** What an app hears, latin1. */
function listenTo(upstream: Socket) {
  let text = ''
  upstream.on('data', (chunk) => {
    text += chunk
  })
  const ended = once(upstream, 'end')
  upstream.resume()
  return {
    hears: (pattern: RegExp) => until(`the app hears ${pattern}`, () => pattern.test(text)),
    ended: async () => {
      await ended
      return text
    },
    get text() {
      return text
    },
  }
}

const say = (socket: Socket, text: string) => socket.write(text, 'latin1')

/** The code of a masked Close frame. */
function codeOf(text: string): number {
  const [mask0 = 0, mask1 = 0, , , first = 0, second = 0] = Buffer.from(text, 'latin1').subarray(2)
  return (first ^ mask0) * 256 + (second ^ mask1)
}

test('Doorward stops: what is under way arrives whole, 1001 behind it, and nothing after that', async (t) => {
  const { world, openNext } = await prepare(t, {
    server: { shutdown: { drain_delay: '0s', timeout: '20s' } },
  })
  const [talking, leaving, silent] = [await openNext(), await openNext(), await openNext()]
  const [app, left, other] = [talking, leaving, silent].map(({ upstream }) => listenTo(upstream))
  if (!app || !left || !other) throw new Error('three are open')
  say(talking.upstream, frame(TEXT, 'hello').slice(0, 4))
  await talking.browser.hears(/he$/)

  const stopped = world.proxy.stop()
  await silent.browser.hears(last(frame(CLOSE, GOING_AWAY)))
  t.match(talking.browser.text, /he$/, 'not in the middle of a message')
  say(talking.upstream, `llo${frame(TEXT, 'too late')}`)
  await talking.browser.hears(last(frame(TEXT, 'hello'), frame(CLOSE, GOING_AWAY)))
  const answer = masked(TEXT, 'last words') + masked(CLOSE, GOING_AWAY)
  say(talking.browser.socket, answer)
  await app.hears(/last words/)
  talking.upstream.end(frame(CLOSE, GOING_AWAY), 'latin1')
  t.match(await talking.browser.closed(), last('hello', frame(CLOSE, GOING_AWAY)))
  t.equal(await app.ended(), answer, 'the browser has answered for itself')

  leaving.browser.socket.end()
  t.equal(codeOf(await left.ended()), 1001, 'where it leaves without an answer, Doorward says it')
  leaving.upstream.end()
  await other.hears(/^.{8}$/s)
  t.equal(codeOf(other.text), 1001, 'and where it says nothing')
  silent.upstream.end()
  await Promise.all([leaving.browser.closed(), silent.browser.closed(), stopped])
  t.notOk(
    world.proxy.log.some(({ level }) => level === 'warn'),
    'nothing had to be cut off',
  )
})

test('a WebSocket that ends by itself is ended by nobody else', async (t) => {
  const { world, openNext } = await prepare(t)
  const { browser, upstream } = await openNext()
  const app = listenTo(upstream)
  const goodbye = masked(CLOSE, GOODBYE)
  say(browser.socket, goodbye)
  await app.hears(last(GOODBYE))
  const stopped = world.proxy.stop()
  await browser.hears(last(frame(CLOSE, GOING_AWAY)))
  browser.socket.end()
  t.equal(await app.ended(), goodbye, 'one Close frame is enough')
  upstream.end()
  await stopped
})
