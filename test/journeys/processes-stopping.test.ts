import { test } from 'tap'
import { holdAnswers } from '../fixtures/okta/hold-answers.js'
import { redeemed } from '../fixtures/okta/redeemed.js'
import { startSharedWorld } from '../fixtures/process-world.js'
import { readiness } from '../fixtures/readiness.js'
import { signInRoaming } from '../fixtures/roaming-browser.js'
import { tally } from '../fixtures/tally.js'

test('a process that is told to stop keeps the token of a refresh that nobody waits for', async (t) => {
  const world = await startSharedWorld(t)
  if (!world) return
  const { org } = world
  const shutdown = { drain_delay: '0s', timeout: '20s' }
  const [stopping, next] = await world.serveThree({ shutdown })
  org.accessTokenTtl = 6
  const browser = await signInRoaming(world, next)
  org.accessTokenTtl = 3600
  const before = await browser.token(next)
  await browser.untilDue(next)
  const { carriedOut, release } = holdAnswers(org)
  t.same(await tally([browser.ask(stopping)]), { '200': 1 })
  await carriedOut
  stopping.kill('SIGTERM')
  await stopping.logged('stopping')
  // Both listeners are closed, and still it is there.
  const isGone = stopping.exit.then(() => true)
  while (await readiness(stopping).catch(() => false)) await new Promise(setImmediate)
  t.equal(await Promise.race([isGone, browser.ask(next).then(() => false)]), false)
  release()
  org.behave('token', undefined)
  t.equal(await stopping.exit, 0)
  t.equal(stopping.log.filter(({ level }) => level === 'warn').length, 0, 'it was not cut short')
  t.not(await browser.token(next), before, 'the next process has the token at once')
  t.equal(redeemed(org).length, 1)
  t.same(await tally([browser.rotate(next)]), { '200': 1 })
  t.equal(new Set(redeemed(org)).size, 2)
})
