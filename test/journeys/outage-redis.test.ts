import { test } from 'tap'
import { judge, startCrowd } from '../fixtures/outage-crowd.js'
import { startRedis } from '../fixtures/redis.js'

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
