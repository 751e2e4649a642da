import { test } from 'tap'
import { judge, startCrowd } from '../fixtures/outage-crowd.js'
import { startRedisSentinels } from '../fixtures/redis-sentinel.js'

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
