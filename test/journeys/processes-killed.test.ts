import { test } from 'tap'
import { askUntilRenewed } from '../fixtures/keep-asking.js'
import { holdAnswers } from '../fixtures/okta/hold-answers.js'
import { redeemed } from '../fixtures/okta/redeemed.js'
import { startSharedWorld } from '../fixtures/process-world.js'
import { signInToExpiry } from '../fixtures/roaming-browser.js'
import { spread, tally } from '../fixtures/tally.js'

/**
 * Milliseconds for which a lease outlives its process, for which the next one waits for what that one may still bring,
 * and what a busy machine may add.
 */
const LEASE_TIME = 5000
const HANDOVER = 2500
const MARGIN = 10_000

test('after a process was killed in the middle of its refreshes another one does them', async (t) => {
  const world = await startSharedWorld(t, { before: {}, after: {} })
  if (!world) return
  const [killed, ...survivors] = await world.serveThree()
  const [survivor] = survivors
  const sessions = await Promise.all([
    signInToExpiry(world, survivor, 'before'),
    signInToExpiry(world, survivor, 'after'),
  ])
  const [before, after] = sessions
  // One call is killed before the provider has rotated the token. The other one after that: the next process sends a
  // token that is consumed, which only a provider that tolerates it for a while (Okta: 30 seconds) does not punish.
  before.org.behave('token', { hang: true, times: 1 })
  after.org.refreshTokenLeeway = 30
  const { carriedOut } = holdAnswers(after.org, 1)
  const cut = tally(sessions.map(({ browser }) => browser.ask(killed)))
  await Promise.all([before.org.calledTimes('token', 2), carriedOut])

  const takeovers = sessions.map((session) => {
    const crowd = spread(20, survivors, (at) => session.browser.ask(at))
    return { crowd, persistence: askUntilRenewed(session, survivors) }
  })
  killed.kill('SIGKILL')
  t.equal(await killed.exit, 'SIGKILL')
  const since = performance.now()
  t.same(await cut, { ECONNRESET: 2 })
  for (const [index, { org, browser }] of sessions.entries()) {
    const takeover = takeovers[index]
    const { answers = [] } = (await takeover?.persistence) ?? {}
    const took = Math.round(performance.now() - since)
    t.comment(`taken over ${took} ms after the end of the process`)
    t.ok(took < LEASE_TIME + HANDOVER + MARGIN)
    const requests = [...(takeover?.crowd ?? []), ...answers]
    t.same(await tally(requests), { '200': requests.length })
    t.same([redeemed(org).length, new Set(redeemed(org)).size], [2, 1], 'the same token, once more')
    t.same(await tally([browser.rotate(survivor)]), { '200': 1 })
    t.equal(new Set(redeemed(org)).size, 2, 'the next rotation goes on with what the second call has brought')
  }
})
