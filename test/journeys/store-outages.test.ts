import { randomBytes } from 'node:crypto'
import { type Test, test } from 'tap'
import { type ClickingBrowsers, startClicking } from '../fixtures/clicking-browsers.js'
import { startProcessWorld } from '../fixtures/process-world.js'
import { startRedis } from '../fixtures/redis.js'
import { startRedisCluster } from '../fixtures/redis-cluster.js'
import { startRedisSentinels } from '../fixtures/redis-sentinel.js'
import { reservePort } from '../fixtures/reserve-port.js'

/** Two processes on a store, and 200 signed-in browsers that keep clicking at both. */
async function startCrowd(t: Test, store: string) {
  const session = { store, keys: [randomBytes(32).toString('base64')] }
  const world = await startProcessWorld(t, { session })
  const processes = [await world.serve(), await world.serve({ port: await reservePort() })]
  const crowd = await startClicking(t, world, processes)
  await crowd.answered('200', 400)
  return { world, crowd }
}

/** What everybody was promised: pages or 503, nobody signed out, and everything works afterwards without signing in. */
async function judge(t: Test, crowd: ClickingBrowsers, signIns: () => number): Promise<void> {
  const before = signIns()
  await crowd.answered('200', 400)
  const last = await crowd.stop()
  t.same(
    Object.keys(crowd.answers).filter((kind) => kind !== '200' && kind !== '503'),
    [],
  )
  t.same(new Set(last), new Set([200]), 'everybody is signed in, at every process')
  t.equal(last.length, 400)
  t.equal(signIns(), before, 'nobody had to sign in again')
  t.comment(JSON.stringify(crowd.answers))
}

test('200 people keep clicking while Redis is killed, comes back, and is frozen for 10 seconds', async (t) => {
  const redis = await startRedis(t, { persistent: true })
  if (!redis) return
  const { world, crowd } = await startCrowd(t, redis.url)
  const signIns = world.org.calls.authorize
  await redis.kill()
  await crowd.answered('503', 200)
  await redis.restart()
  await crowd.answered('200', 400)

  redis.pause()
  const frozen = performance.now()
  await crowd.answered('503', 200)
  await new Promise((resolve) => setTimeout(resolve, 10_000 - (performance.now() - frozen)))
  redis.resume()
  await judge(t, crowd, () => world.org.calls.authorize)
  t.equal(world.org.calls.authorize, signIns)
})

test('200 people keep clicking while the master behind the sentinels is killed', async (t) => {
  const sentinels = await startRedisSentinels(t)
  if (!sentinels) return
  const { world, crowd } = await startCrowd(t, sentinels.url)
  const signIns = world.org.calls.authorize
  const master = await sentinels.master()
  await master.kill()
  await sentinels.untilMasterIsNot(master)
  await judge(t, crowd, () => world.org.calls.authorize)
  t.equal(world.org.calls.authorize, signIns)
})

test('200 people keep clicking while a master of the cluster is killed', async (t) => {
  const cluster = await startRedisCluster(t)
  if (!cluster) return
  const { world, crowd } = await startCrowd(t, cluster.url)
  const signIns = world.org.calls.authorize
  const [master] = cluster.masters
  const [replica] = cluster.replicas
  if (!master || !replica) throw new Error('a cluster without nodes')
  await master.kill()
  await cluster.untilMaster(replica)
  await judge(t, crowd, () => world.org.calls.authorize)
  t.equal(world.org.calls.authorize, signIns)
})
