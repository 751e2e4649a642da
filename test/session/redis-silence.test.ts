import { createServer, type Socket } from 'node:net'
import { type Test, test } from 'tap'
import { awakeTime } from '../fixtures/awake-time.js'
import { listen } from '../fixtures/listen.js'
import { until } from '../fixtures/until.js'
import { DEADLINE, openRedis, operations, UNAVAILABLE } from './redis-fixture.js'

/** Milliseconds; more than it takes to end what is open, less than any bound that could be waited for. */
const PROMPT = 200

/** A server that accepts connections and never says a word. */
async function startSilentServer(t: Test) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    socket.resume()
  })
  const port = await listen(server)
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: `127.0.0.1:${port}`, sockets }
}

for (const scheme of ['redis', 'rediss', 'redis+sentinel', 'redis+cluster']) {
  test(`${scheme}: who accepts and never answers is no store, and is left without a trace`, async (t) => {
    const { address, sockets } = await startSilentServer(t)
    const { store, changes } = openRedis(t, `${scheme}://${address}`, DEADLINE)
    await until('it connects', () => sockets.size > 0)
    const all = Object.entries(operations(store))
    await Promise.all(all.map(([name, operation]) => t.rejects(operation(), UNAVAILABLE, name)))
    t.notOk(store.isWatching())
    await until('it gives up', () => changes.includes('lost'))
    await until('it tries again', () => sockets.size > 0)
    t.same(changes, ['lost'], 'which is told once')
    t.ok((await awakeTime(() => store.close())) < PROMPT, 'it closes at once')
    await until('no connection is left', () => sockets.size === 0, PROMPT)
    for (const [name, operation] of all) await t.rejects(operation(), UNAVAILABLE, name)
  })
}

test('a store that is closed as soon as it is opened leaves nothing behind', async (t) => {
  for (const scheme of ['redis', 'rediss', 'redis+sentinel', 'redis+cluster']) {
    const { address, sockets } = await startSilentServer(t)
    const { store, changes } = openRedis(t, `${scheme}://${address}`)
    await store.close()
    await until(`${scheme}: no connection is left`, () => sockets.size === 0, PROMPT)
    t.same(changes, [])
  }
})
