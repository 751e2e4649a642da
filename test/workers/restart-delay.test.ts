import { test } from 'tap'
import { createRestartDelay } from '../../src/workers/restart-delay.js'

test('who ends soon after its start is replaced later each time, who has lived for long at once', async (t) => {
  const delay = createRestartDelay()
  t.equal(delay.after(60_000), 0)
  const delays = Array.from({ length: 9 }, () => delay.after(500))
  t.same(delays, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
  t.equal(delay.after(3_600_000), 0)
  t.equal(delay.after(0), 100)
})
