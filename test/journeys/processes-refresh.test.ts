import { connect } from 'node:net'
import { test } from 'tap'
import { closed } from '../fixtures/closed.js'
import { holdAnswers } from '../fixtures/okta/hold-answers.js'
import { redeemed } from '../fixtures/okta/redeemed.js'
import { type ProcessWorld, startSharedWorld } from '../fixtures/process-world.js'
import { type RoamingBrowser, signInRoaming, signInToExpiry } from '../fixtures/roaming-browser.js'
import { spread, tally } from '../fixtures/tally.js'
import { until } from '../fixtures/until.js'

const HOUR = 3600

/** The access tokens that the app has been given for a tenant. */
const tokensGiven = ({ upstream }: ProcessWorld, tenant: string): Set<string | undefined> =>
  new Set(
    upstream.requests
      .filter(({ headers }) => headers['x-forwarded-tenant'] === tenant)
      .map(({ headers }) => headers['x-access']),
  )

/** A request of somebody who will not wait for the answer. */
const rawRequest = ({ host, cookie }: RoamingBrowser, port: number) =>
  connect(port, '127.0.0.1', function (this: ReturnType<typeof connect>) {
    this.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`)
  })

test('three processes refresh the tokens of their sessions together', async (t) => {
  const world = await startSharedWorld(t, { due: {}, expired: {}, aborted: {}, many: {} })
  if (!world) return
  const processes = await world.serveThree()
  const [one, two, three] = processes
  t.jobs = 2

  const due = t.test(
    'a thousand requests with a token about to expire: one call, and nobody waits',
    { buffered: true },
    async (t) => {
      const org = world.orgOf('due')
      org.accessTokenTtl = 18
      const browser = await signInRoaming(world, one, 'due')
      org.accessTokenTtl = HOUR
      const before = await browser.token(two)
      await browser.untilDue(three)
      org.behave('token', { hang: true })
      let answered = 0
      const ask = (at: (typeof processes)[number]) => {
        const request = browser.ask(at)
        request.then(() => answered++).catch(() => undefined)
        return request
      }
      // Who comes after the end has to wait, so on a busy machine the first ones come alone, two at each process.
      const end = browser.untilExpired(one)
      const requests = spread(6, processes, ask)
      await Promise.race([tally(requests), end])
      t.ok(answered >= 6)
      requests.push(...spread(994, processes, ask))
      await Promise.race([tally(requests), end])
      t.comment(`${answered} were answered while the issuer was silent`)
      org.behave('token', undefined)
      t.same(await tally(requests), { '200': 1000 })
      for (const at of processes) while ((await browser.token(at)) === before);
      t.equal(redeemed(org).length, 1)
    },
  )

  const expired = t.test(
    'a thousand requests with an expired token: one call, and all go on with its token',
    { buffered: true },
    async (t) => {
      const { org, browser } = await signInToExpiry(world, one, 'expired')
      const before = tokensGiven(world, 'expired')
      // Long enough for a thousand to be waiting.
      org.behave('token', { beforeAnswer: () => new Promise((resolve) => setTimeout(resolve, 1000)) })
      t.same(await tally(spread(1000, processes, (at) => browser.ask(at))), { '200': 1000 })
      t.equal(redeemed(org).length, 1)
      const since = [...tokensGiven(world, 'expired')].filter((token) => !before.has(token))
      t.same([before.size, since.length], [1, 1], 'the old token before, the new one since')
      t.equal(world.upstream.requests.filter(({ headers }) => headers['x-access'] === since[0]).length, 1000)
    },
  )

  // Not beside them: the first one counts what is answered within a few seconds.
  await Promise.all([due, expired])

  const aborted = t.test(
    'a thousand requests of which half go away: one call, and its token is kept',
    { buffered: true },
    async (t) => {
      const { org, browser } = await signInToExpiry(world, one, 'aborted')
      const { carriedOut, release } = holdAnswers(org)
      // These begin it, and are gone when the answer comes.
      const gone = Array.from({ length: 500 }, (_, turn) =>
        rawRequest(browser, processes[turn % 3]?.port ?? 0),
      )
      await carriedOut
      const staying = spread(500, processes, (at) => browser.ask(at))
      for (const socket of gone) socket.resetAndDestroy()
      await Promise.all(gone.map(closed))
      org.behave('token', undefined)
      release()
      t.same(await tally(staying), { '200': 500 })
      t.equal(redeemed(org).length, 1)
      for (const at of processes) t.same(await tally([browser.rotate(at)]), { '200': 1 })
      t.equal(new Set(redeemed(org)).size, 4, 'each rotation goes on with the token of the one before')
    },
  )

  const many = t.test(
    'sessions, also those of one person: each for itself',
    { buffered: true },
    async (t) => {
      const org = world.orgOf('many')
      const [alice] = org.users
      const logins = Array.from({ length: 20 }, (_, index) => `user${index}`)
      for (const login of logins) if (alice) org.users.push({ ...alice, login, sub: `00u${login}` })
      org.accessTokenTtl = 2
      const browsers: RoamingBrowser[] = []
      for (const login of ['alice', 'alice', ...logins]) {
        org.signInAs(login)
        browsers.push(await signInRoaming(world, one, 'many'))
      }
      org.accessTokenTtl = HOUR
      const [first, second] = browsers as [RoamingBrowser, RoamingBrowser]
      await browsers.at(-1)?.untilExpired(one)
      org.behave('token', { hang: true })
      const calls = org.calls.token
      const sent = redeemed(org).length
      const requests = browsers.map((browser, turn) => browser.ask(processes[turn % 3] ?? one, '/echo'))
      await org.calledTimes('token', calls + browsers.length)
      t.equal(
        new Set(redeemed(org).slice(sent)).size,
        browsers.length,
        'all at the same time, each with its own token',
      )
      org.behave('token', undefined)
      t.same(await tally(requests), { '200': browsers.length })
      t.equal(org.calls.token, calls + browsers.length)
      const names = (await Promise.all(requests)).map(
        (response) => /X-Forwarded-User","([^"]*)/.exec(response.text())?.[1],
      )
      t.same(names, [alice?.sub, alice?.sub, ...logins.map((login) => `00u${login}`)])

      await first.go(two, '/oauth2/logout')
      // Redis tells the others at the same moment, but not before that one has its answer.
      for (const at of processes)
        await until('it is signed out', async () => (await first.ask(at)).status === 401)
      t.same(await tally([second.rotate(three)]), { '200': 1 }, 'the other session of that person goes on')
    },
  )

  await Promise.all([aborted, many])
})
