import { test } from 'tap'
import { judge, startCrowd } from '../fixtures/outage-crowd.js'
import { startRedisCluster } from '../fixtures/redis-cluster.js'

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
