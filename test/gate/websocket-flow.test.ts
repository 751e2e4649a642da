import { once } from 'node:events'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { type Flow, holdBack } from '../../src/gate/websocket-flow.js'
import { startWorld } from '../fixtures/world.js'

const MIB = 1024 * 1024

function flow(
  bufferedAmount: number,
): Flow & { bufferedAmount: number; isPaused: boolean; readyState: number } {
  return {
    bufferedAmount,
    isPaused: false,
    readyState: 1,
    pause() {
      this.isPaused = true
    },
    resume() {
      this.isPaused = false
    },
  }
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}

test('one side is read on only while the other keeps up', async (t) => {
  const [from, to] = [flow(0), flow(MIB - 1)]
  holdBack(from, to)
  t.equal(from.isPaused, false)
  to.bufferedAmount = MIB
  holdBack(from, to)
  holdBack(from, to)
  t.equal(from.isPaused, true)
  to.bufferedAmount = 0
  await until(() => !from.isPaused)
})

test('a side whose peer has gone is read on, so that it hears of it', async (t) => {
  const [from, to] = [flow(0), flow(MIB)]
  holdBack(from, to)
  to.readyState = 3
  await until(() => !from.isPaused)
  t.equal(from.isPaused, false)
})

test('a client that reads late gets every byte', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const headers = { host: 'acme.localhost', cookie: `doorward=${client.cookies('acme.localhost').doorward}` }
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, { headers })
  await once(socket, 'message')
  socket.pause()
  const message = Buffer.alloc(MIB, 'x')
  for (let sent = 0; sent < 40; sent += 1) socket.send(message)
  await until(() => socket.bufferedAmount < 40 * MIB)
  socket.resume()
  let received = 0
  socket.on('message', (data: Buffer) => {
    received += data.length
  })
  await until(() => received >= 40 * MIB)
  t.equal(received, 40 * MIB)
  socket.close()
  await once(socket, 'close')
})
