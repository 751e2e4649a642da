import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'tap'
import { Pool } from 'undici'
import { startBalancer } from '../fixtures/balancer.js'
import type { ServingDoorward } from '../fixtures/process.js'
import { startSharedWorld } from '../fixtures/process-world.js'
import { signInRoaming } from '../fixtures/roaming-browser.js'

/** Requests in a second, where the machine can. */
const RATE = 500
/** Requests under way at most: a busy machine gets fewer of them, not more at once. */
const MOST = 48
const SHUTDOWN = { drain_delay: '1s', timeout: '20s' }

test('three processes are restarted one after another under 500 requests/s, and none is lost', async (t) => {
  const world = await startSharedWorld(t)
  if (!world) return
  const processes = await world.serveThree({ shutdown: SHUTDOWN })
  const { host, cookie } = await signInRoaming(world, processes[0])
  const balancer = startBalancer(t, processes)

  // Connections are kept, as every load balancer does.
  const pools = new Map<ServingDoorward, Pool>()
  t.teardown(() => Promise.all([...pools.values()].map((pool) => pool.destroy())))
  const poolOf = (at: ServingDoorward) => {
    const pool = pools.get(at) ?? new Pool(`http://127.0.0.1:${at.port}`, { connections: MOST })
    pools.set(at, pool)
    return pool
  }
  const outcomes: Record<string, number> = {}
  const headers = { host, cookie, accept: 'application/json' }
  const send = async (nth: number, at: ServingDoorward): Promise<string> => {
    const isForm = nth % 10 === 0
    const { statusCode, body } = await poolOf(at).request({
      path: isForm ? '/echo' : nth % 25 === 1 ? '/bytes/200000' : '/status/200',
      method: isForm ? 'POST' : 'GET',
      headers,
      body: isForm ? 'a form' : null,
    })
    await body.dump()
    return String(statusCode)
  }
  const ask = async (nth: number): Promise<string> => {
    for (;;) {
      try {
        return await send(nth, await balancer.pick())
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error)
        // Who is not let in tries the next door, as with every load balancer: nothing has been sent yet.
        if (code !== 'ECONNREFUSED') return code
      }
    }
  }

  let isOver = false
  let [sent, underWay] = [0, 0]
  const load = async () => {
    const begin = performance.now()
    while (!isOver || underWay > 0) {
      const due = ((performance.now() - begin) / 1000) * RATE
      for (; !isOver && sent < due && underWay < MOST; sent += 1) {
        underWay += 1
        ask(sent).then((outcome) => {
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
          underWay -= 1
        })
      }
      await wait(10)
    }
    t.comment(`${sent} requests, ${Math.round((sent / (performance.now() - begin)) * 1000)}/s`)
  }
  const restart = async () => {
    for (const old of processes) {
      old.kill('SIGTERM')
      t.equal(await old.exit, 0)
      t.notOk(
        old.log.some(({ level }) => level === 'warn'),
        'nothing had to be cut off',
      )
      await balancer.replace(old, await world.serve({ port: old.port, shutdown: SHUTDOWN }))
    }
  }
  await Promise.all([
    load(),
    restart().finally(() => {
      isOver = true
    }),
  ])
  t.same(outcomes, { '200': sent })
  t.ok(sent > 100)
})
