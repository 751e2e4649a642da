import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'tap'
import { askUntilRenewed } from '../fixtures/keep-asking.js'
import { holdAnswers } from '../fixtures/okta/hold-answers.js'
import { redeemed } from '../fixtures/okta/redeemed.js'
import type { Behaviour } from '../fixtures/okta.js'
import { startSharedWorld } from '../fixtures/process-world.js'
import { signInToExpiry } from '../fixtures/roaming-browser.js'
import { spread, tally } from '../fixtures/tally.js'

/** Milliseconds that a request waits for a refresh, and what a busy machine may add: less than the slow answers take. */
const LONGEST_WAIT = 10_000
const MARGIN = 8000

const before = (delay: number): Behaviour => ({ delay })
const after = (delay: number): Behaviour => ({ beforeAnswer: () => wait(delay) })

const SLOW: Readonly<Record<string, Behaviour | undefined>> = {
  'at-once': undefined,
  'one-second-before-rotating': before(1000),
  'three-seconds-after-rotating': after(3000),
  'twenty-seconds-before-rotating': before(20_000),
  'twenty-seconds-after-rotating': after(20_000),
}

test('three processes and an issuer that takes its time', async (t) => {
  const world = await startSharedWorld(
    t,
    Object.fromEntries([...Object.keys(SLOW), 'never', 'lost'].map((tenant) => [tenant, {}])),
  )
  if (!world) return
  const processes = await world.serveThree()
  const [one, two] = processes
  t.jobs = Object.keys(SLOW).length + 2

  const cases = Object.entries(SLOW).map(([tenant, behaviour]) =>
    t.test(
      `an answer ${tenant.replaceAll('-', ' ')}: one call, nobody is refused or signed out`,
      { buffered: true },
      async (t) => {
        const expired = await signInToExpiry(world, one, tenant)
        const { org, browser } = expired
        org.behave('token', behaviour)
        const crowd = spread(30, processes, (at) => browser.ask(at))
        const begun = performance.now()
        const { answers, longest } = await askUntilRenewed(expired, processes)
        const requests = [...crowd, ...answers]
        t.comment(
          `${requests.length} requests in ${seconds(performance.now() - begun)}, the longest ${seconds(longest)}`,
        )
        t.same(await tally(requests), { '200': requests.length })
        t.ok(longest < LONGEST_WAIT + MARGIN, 'served with what is known after a bounded wait')
        t.equal(redeemed(org).length, 1)
        org.behave('token', undefined)
        t.same(await tally([browser.rotate(two)]), { '200': 1 })
        t.equal(new Set(redeemed(org)).size, 2, 'the next rotation goes on with the late token')
      },
    ),
  )
  const never = t.test(
    'an answer that never comes: one call, and served with what is known',
    { buffered: true },
    async (t) => {
      const { org, browser, token } = await signInToExpiry(world, one, 'never')
      org.behave('token', { hang: true })
      const begun = performance.now()
      t.same(await tally(spread(30, processes, (at) => browser.ask(at))), { '200': 30 })
      const took = performance.now() - begun
      t.ok(took < LONGEST_WAIT + MARGIN, seconds(took))
      for (const at of processes) t.equal(await browser.token(at), token, 'no more waiting after that')
      t.equal(redeemed(org).length, 1)
    },
  )
  // What it gives up after 25 seconds is sent once more, and so within the 30 seconds that Okta tolerates by default.
  const lost = t.test(
    'an answer that never comes though the token was rotated: one more call',
    { buffered: true },
    async (t) => {
      const expired = await signInToExpiry(world, one, 'lost')
      const { org, browser } = expired
      org.refreshTokenLeeway = 30
      holdAnswers(org, 1)
      const { answers } = await askUntilRenewed(expired, processes)
      t.same(await tally(answers), { '200': answers.length })
      t.same([redeemed(org).length, new Set(redeemed(org)).size], [2, 1])
      t.same(await tally([browser.rotate(two)]), { '200': 1 })
    },
  )
  await Promise.all([...cases, never, lost])
})

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
