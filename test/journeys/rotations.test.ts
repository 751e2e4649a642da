import { mock } from 'node:test'
import { test } from 'tap'
import { Client, type ClientResponse } from '../fixtures/client.js'
import { postForged } from '../fixtures/okta/forged-tokens.js'
import type { OktaClient } from '../fixtures/okta.js'
import { ALICE, startWorld, type World } from '../fixtures/world.js'

const MINUTE = 60_000
const DAY = 86_400_000

const PEOPLE = Array.from({ length: 50 }, (_, index) => ({
  ...ALICE,
  sub: `00u${index}`,
  login: `user${index}`,
  email: `user${index}@acme.example`,
}))
const AS_THEMSELVES = { 'as themselves': PEOPLE.length }

interface Person {
  readonly sub: string
  readonly login: string
  readonly browser: Client
}

/** Signs in, by way of the org's page where the browser is not known there; the app answers. */
async function signIn(world: World, { browser, login }: Person): Promise<ClientResponse> {
  const page = await browser.get(world.url('acme', '/oauth2/login?rd=/echo'), { redirect: 'follow' })
  if (!page.url.includes('/signin/')) return page
  const body = new URLSearchParams({ login })
  return browser.get(page.url, { method: 'POST', body, redirect: 'follow' })
}

const refresh = (world: World, { browser }: Person): Promise<ClientResponse> =>
  browser.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })

/** For whom the app or Doorward takes the browser. */
function subOf(answer: ClientResponse): string | undefined {
  if (answer.status !== 200) return undefined
  const { sub, rawHeaders = [] } = answer.json() as { sub?: string; rawHeaders?: string[] }
  return sub ?? rawHeaders[rawHeaders.findIndex((name) => name.toLowerCase() === 'x-forwarded-user') + 1]
}

/** Starts the world with 50 people, all of whom do something in each round. */
async function start(t: Parameters<typeof startWorld>[0], options: Parameters<typeof startWorld>[1]) {
  const world = await startWorld(t, { ...options, okta: { users: PEOPLE } })
  const { acme } = world.orgs
  acme.signInAs(undefined)
  const people = PEOPLE.map(({ sub, login }): Person => ({ sub, login, browser: new Client() }))
  /** How it went for them; the change comes when half of their calls have reached the token endpoint. */
  async function round(act: (index: number) => typeof signIn, change: () => unknown = () => undefined) {
    const half = acme.calledTimes('token', acme.calls.token + people.length / 2)
    const ends = people.map(async (person, index) => {
      const answer = await act(index)(world, person)
      const sub = subOf(answer)
      return sub === person.sub ? 'as themselves' : `${answer.status} as ${sub}`
    })
    // Who is refused earlier makes no such call.
    await Promise.race([half, Promise.all(ends)])
    await change()
    const counts: Record<string, number> = {}
    for (const end of await Promise.all(ends)) counts[end] = (counts[end] ?? 0) + 1
    return counts
  }
  let turn = 0
  return {
    world,
    acme,
    people,
    arrive: () => round(() => signIn),
    /** Each fifth signs in again, in turn; the others refresh. */
    goOn(change?: () => unknown) {
      turn += 1
      return round((index) => ((index + turn) % 5 === 0 ? signIn : refresh), change)
    },
    replaceClient: (client: Partial<OktaClient>) =>
      acme.addClient({
        client_id: '0oa-acme-0',
        redirect_uris: [world.url('acme', '/oauth2/callback')],
        post_logout_redirect_uris: [world.url('acme', '/oauth2/logout/callback')],
        ...client,
      }),
    told: () => world.proxy.log.filter(({ msg }) => msg.startsWith('client credentials')),
  }
}

test('50 people sign in and refresh while keys and secret are rotated: nobody notices', async (t) => {
  let now = Date.now()
  const tenants = { acme: { client_secret: ['new_secret', 'acme-0_secret'] } }
  const { world, acme, arrive, goOn, replaceClient, told } = await start(t, { tenants, now: () => now })
  t.same(await arrive(), AS_THEMSELVES)
  const changes: Record<string, () => unknown> = {
    'a key is announced': () => acme.announceKey(),
    'it signs': () => acme.rotateKeys(),
    'another secret is taken': () => replaceClient({ client_secret: 'new_secret' }),
    'the key before goes': () => acme.dropKeys(),
  }
  for (const [what, change] of Object.entries(changes)) {
    now += 6 * MINUTE
    const calls = acme.calls.keys
    const [ends, statuses] = await Promise.all([goOn(change), postForged(world, 'acme', 20)])
    t.same(ends, AS_THEMSELVES, what)
    t.same(statuses, ['400', '401'])
    t.equal(acme.calls.keys, calls + 1, `${what}: one call in this minute, 20 forged keys or not`)
  }
  now += 2 * MINUTE
  await acme.rotateKeys()
  t.same(await goOn(), AS_THEMSELVES, 'a key that was not announced')
  t.equal(acme.calls.keys, 6)

  t.ok(world.proxy.events('login.failed').every(({ error }) => error === 'unsolicited_id_token'))
  for (const event of ['session.refresh_failed', 'session.ended']) t.same(world.proxy.events(event), [])
  const refreshed = world.proxy.events('session.refreshed')
  t.equal(refreshed.length, 5 * 40)
  t.ok(
    refreshed.every(({ reason }) => reason === undefined),
    'each new ID token was verified',
  )
  t.match(world.proxy.events('keys.refreshed'), [
    { tenant: 'acme', level: 'info', reason: /^1 key: / },
    { reason: /^2 keys; new: / },
    { reason: /^2 keys; new: .*; gone: / },
  ])
  t.ok(
    told().some(
      ({ level, reason }) =>
        level === 'warn' && /takes client_secret\[1\] and refuses client_secret\[0\]/.test(String(reason)),
    ),
  )
  t.match(told().at(-1), { tenant: 'acme', reason: /takes client_secret\[0\]/ })
  t.notMatch(JSON.stringify(world.proxy.log), /new_secret|acme-0_secret/)
})

test('50 people sign in and refresh while a managed key is rotated, which the org is late to read', async (t) => {
  const begin = Date.now()
  // The org's clock too: it judges when an assertion was made, Doorward when an ID token was.
  mock.timers.enable({ apis: ['Date'], now: begin })
  t.teardown(() => mock.timers.reset())
  const tenants = { acme: { client_secret: undefined, client_key: 'managed' } }
  const settings = { session: { idle_timeout: '30d', max_lifetime: '30d' } }
  const { world, people, arrive, goOn, replaceClient, told } = await start(t, {
    tenants,
    settings,
    now: () => Date.now(),
  })
  const published = async () => {
    const jwks = (await new Client().xhr(world.url('acme', '/oauth2/jwks'))).json()
    return jwks as { keys: { kid: string }[] }
  }
  const register = async () =>
    replaceClient({ token_endpoint_auth_method: 'private_key_jwt', jwks: (await published()) as never })
  await register()
  const [first] = (await published()).keys

  mock.timers.setTime(begin + 83 * DAY)
  t.same(await arrive(), AS_THEMSELVES, 'the next key is published')
  const [, second] = (await published()).keys
  mock.timers.setTime(begin + 90 * DAY)
  // One of those who sign in again next.
  t.equal((await refresh(world, people[4] as Person)).status, 200, 'it signs, and the org does not know it')
  const readAgain = async () => {
    await register()
    mock.timers.tick(MINUTE)
  }
  t.same(await goOn(readAgain), AS_THEMSELVES, 'the org learns of it')
  mock.timers.setTime(begin + 91 * DAY)
  t.same(await goOn(), AS_THEMSELVES, 'the first key is gone')
  t.same((await published()).keys, [second])

  for (const event of ['login.failed', 'session.refresh_failed', 'session.ended']) {
    t.same(world.proxy.events(event), [], event)
  }
  t.equal(world.proxy.events('session.refreshed').length, 2 * 40 + 1)
  t.match(
    world.proxy.events('client.rotated').map(({ reason }) => reason),
    [first, second].map((key) => new RegExp(`key ${key?.kid}`)),
  )
  const notKnown = `the provider takes the key ${first?.kid} and refuses the key ${second?.kid}`
  t.match(told()[0], { level: 'warn', tenant: 'acme', reason: notKnown })
  t.match(told().at(-1), { level: 'info', reason: `the provider takes the key ${second?.kid}` })
})
