import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'tap'
import type { ClientResponse } from '../fixtures/client.js'
import { refusal } from '../fixtures/okta/behaviour.js'
import { type Behaviour, htmlGarbage, rateLimited, serverError } from '../fixtures/okta.js'
import { startSharedWorld } from '../fixtures/process-world.js'
import { signInRoaming } from '../fixtures/roaming-browser.js'
import { tally } from '../fixtures/tally.js'

const BROWSERS = 20
/** Milliseconds between an answer and the next request of a browser. */
const PACE = 300
/** Milliseconds for which a request that cannot be served waits, and what a busy machine may add. */
const LONGEST_PATIENCE = 2500
const MARGIN = 8000
/** Seconds after which a provider wants to be asked again. */
const RESET = 14

interface Sickness {
  readonly behaviour: () => Behaviour
  readonly stale_limit: number
  /** Milliseconds after which the provider may be asked again; as the pauses have it where it does not say. */
  readonly reset?: number
  /** Whether each browser stays with one process. */
  readonly isSticky?: true
}

const STALE_LIMIT = 3
const brief = (behaviour: () => Behaviour): Sickness => ({ behaviour, stale_limit: STALE_LIMIT })
const SICKNESSES: Readonly<Record<string, Sickness>> = {
  'a-500': brief(serverError),
  garbage: brief(() => ({ status: 200, contentType: 'application/json', body: '{"access_token":' })),
  html: brief(htmlGarbage),
  'a-refusal-that-is-no-oauth': brief(refusal),
  'a-cut-connection': brief(() => ({ drop: true })),
  'a-429': { ...brief(() => rateLimited({ resetIn: RESET })), reset: RESET * 1000 },
  // Before they are served with what is known, requests wait for ten seconds at each process.
  'no-answer': { behaviour: () => ({ hang: true }), stale_limit: 14, isSticky: true },
}

interface Asked {
  /** When it was asked, and when it was answered. */
  readonly from: number
  readonly to: number
  readonly response: ClientResponse
}

const countOf = (asked: readonly Asked[]) => tally(asked.map(async ({ response }) => response))

/** How many attempts fit into a time, with pauses that double from 250 ms to 2 s. */
function attemptsWithin(time: number): number {
  let attempts = 0
  for (let pause = 250, passed = 250; passed <= time; passed += pause) {
    attempts += 1
    pause = Math.min(pause * 2, 2000)
  }
  return attempts
}

test('an issuer that is sick, three processes, and browsers that keep asking', async (t) => {
  const tenants = Object.entries(SICKNESSES).map(([tenant, { stale_limit }]) => {
    return [tenant, { session: { stale_limit: `${stale_limit}s` } }] as const
  })
  const world = await startSharedWorld(t, Object.fromEntries(tenants))
  if (!world) return
  const processes = await world.serveThree()
  const [one] = processes
  const at = (turn: number) => processes[turn % processes.length] ?? one
  t.jobs = tenants.length

  /** Twenty browsers that keep asking until each was refused. */
  const endure = async (tenant: string, { behaviour, stale_limit, isSticky }: Sickness) => {
    const org = world.orgOf(tenant)
    org.accessTokenTtl = 2
    const browsers = await Promise.all(
      Array.from({ length: BROWSERS }, (_, turn) => signInRoaming(world, at(turn), tenant)),
    )
    const calls = org.calls.token
    org.behave('token', behaviour())
    const refused = new Set<number>()
    const histories = await Promise.all(
      browsers.map(async (browser, index) => {
        const stale = (await browser.expiry(one)) + stale_limit * 1000
        const asked: Asked[] = []
        for (let turn = index; refused.size < BROWSERS; turn += isSticky ? 0 : 1) {
          const from = Date.now()
          const response = await browser.ask(at(turn))
          asked.push({ from, to: Date.now(), response })
          if (response.status === 503) refused.add(index)
          await wait(PACE)
        }
        // In between is who asked before that moment and was answered after it.
        return {
          early: asked.filter(({ to }) => to < stale),
          late: asked.filter(({ from }) => from >= stale),
        }
      }),
    )
    return {
      ...{ org, browsers, calls: org.calls.token - calls },
      early: histories.flatMap(({ early }) => early),
      late: histories.flatMap(({ late }) => late),
      /** Of each process, when its calls failed. */
      failures: processes.map(({ log }) =>
        log
          .filter((line) => line.event === 'session.refresh_failed' && line.tenant === tenant)
          .map(({ time }) => Date.parse(String(time))),
      ),
    }
  }

  const cases = Object.entries(SICKNESSES).map(([tenant, sickness]) =>
    t.test(
      `${tenant.replaceAll('-', ' ')}: served until stale_limit, then 503; nobody is signed out, the issuer is left alone`,
      { buffered: true },
      async (t) => {
        const { org, browsers, calls, early, late, failures } = await endure(tenant, sickness)
        const ended = Date.now()
        t.comment(`${calls} calls, ${early.length} requests before stale_limit, ${late.length} after it`)
        t.same(await countOf(early), { '200': early.length })
        t.same(await countOf(late), { '503': late.length })
        t.ok(late.every(({ response }) => /^[1-9]\d*$/.test(String(response.headers['retry-after']))))

        // Those under way when it fell sick, and then one at a time.
        if (failures.flat().length === 0) t.equal(calls, BROWSERS)
        for (const times of failures) {
          const [first = ended] = times
          t.comment(`failed after ${times.map((time) => time - first).join(', ')} ms`)
          const { reset = 0 } = sickness
          t.ok(times.length <= BROWSERS + attemptsWithin(ended - first - reset))
        }

        const reset = Math.max(...failures.flat(), 0) + (sickness.reset ?? 0)
        await wait(reset - LONGEST_PATIENCE - Date.now())
        // Not earlier: a refresh that was under way when it fell sick would bring a token that outlives the test.
        org.accessTokenTtl = 3600
        org.behave('token', undefined)
        const back = performance.now()
        const next = await tally(browsers.map((browser, turn) => browser.ask(at(turn))))
        const took = Math.round(performance.now() - back)
        t.same(next, { '200': BROWSERS })
        t.ok(took < LONGEST_PATIENCE + MARGIN)
        t.comment(`all are served ${took} ms after it is back`)
      },
    ),
  )
  await Promise.all(cases)
})
