import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Test, test } from 'tap'
import { WebSocket } from 'ws'
import { handshake, openRaw } from '../fixtures/raw-connection.js'
import { OK, startScript, switching } from '../fixtures/scripted-upstream.js'
import { until } from '../fixtures/until.js'
import { startWorld } from '../fixtures/world.js'

/** A WebSocket through Doorward, as the two sockets at its ends. */
async function open(t: Test) {
  let upstream: Socket | undefined
  const script = await startScript(t, (socket, _nth, head) => {
    if (head.startsWith('GET /ws ')) {
      upstream = socket
      socket.pause()
      socket.removeAllListeners('data')
      socket.write(switching(head))
    } else socket.write(OK)
  })
  const world = await startWorld(t, { settings: { upstream: script.url } })
  const client = await world.client('acme')
  const cookie = `Cookie: doorward=${client.cookies('acme.localhost').doorward}`
  const browser = openRaw(t, world.port, handshake('/ws', cookie))
  await browser.hears(/\r\n\r\n$/)
  return { world, client, browser, upstream: upstream as unknown as Socket }
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
  second.upstream.on('error', () => undefined)
  await once(second.upstream, 'close')
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

test('Doorward stops with WebSockets open, and their browsers hear of it', async (t) => {
  const { world, browser, upstream } = await open(t)
  upstream.resume()
  const stopped = world.proxy.stop()
  await Promise.all([browser.closed(), stopped, once(upstream, 'close')])
  t.notOk(
    world.proxy.log.some(({ level }) => level === 'warn'),
    'nothing had to be cut off',
  )
})
