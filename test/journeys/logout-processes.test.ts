import { once } from 'node:events'
import { test } from 'tap'
import { WebSocket } from 'ws'
import { awakeTime } from '../fixtures/awake-time.js'
import type { Client } from '../fixtures/client.js'
import { closed } from '../fixtures/closed.js'
import { holdAnswers } from '../fixtures/okta/hold-answers.js'
import { issueSecurityTokens } from '../fixtures/okta/security-tokens.js'
import { PROVIDER_LOGOUTS, providerLogouts } from '../fixtures/provider-logouts.js'
import { untilReady } from '../fixtures/readiness.js'
import { startTwins, type Twins } from '../fixtures/twins.js'
import { until } from '../fixtures/until.js'
import { signIn } from '../fixtures/world.js'

/** Signs Alice in anew, and says which sign-in at the org that is. */
async function signInAgain({ world }: Twins): Promise<{ client: Client; sid: string }> {
  const client = await world.client('acme')
  await client.xhr(world.url('acme', '/who'))
  return { client, sid: String(world.upstream.requests.at(-1)?.headers['x-sid']) }
}

for (const name of PROVIDER_LOGOUTS) {
  test(`a ${name} ends sessions and WebSockets of the other process at once`, async (t) => {
    const twins = await startTwins(t)
    if (!twins) return
    const { world, other } = twins
    const tokens = await issueSecurityTokens(world.orgs.acme)
    const { client, sid } = await signInAgain(twins)
    const copy = twins.elsewhere(client)
    t.equal((await copy.xhr(world.url('acme'))).status, 200, 'the other process has it at hand')
    const { host } = new URL(world.url('acme'))
    const headers = { host, cookie: `doorward=${client.cookies(host).doorward}` }
    const socket = new WebSocket(`ws://127.0.0.1:${other.port}/ws`, { headers })
    await once(socket, 'open')
    const ended = closed(socket)

    const logout = (await providerLogouts(world, tokens, sid))[name]
    const took = await awakeTime(async () => {
      t.equal((await logout.send()).status, logout.status)
      await ended
      await until('the other process has heard', async () => {
        return (await copy.xhr(world.url('acme'))).status === 401
      })
    })
    t.comment(`${Math.round(took)} ms`)
    t.ok(took < 1000)
    t.equal((await client.xhr(world.url('acme'))).status, 401)
    t.match(world.proxy.events('session.ended'), [{ tenant: 'acme', reason: name }])
    t.notOk(world.upstream.requests.some(({ url }) => url.startsWith('/oauth2')))
  })
}

test('a login that the other process completes at the moment of a logout does not survive it', async (t) => {
  const twins = await startTwins(t)
  if (!twins) return
  const { world, other, redis } = twins
  const { acme } = world.orgs
  const tokens = await issueSecurityTokens(acme)
  for (const name of PROVIDER_LOGOUTS) {
    const { client, sid } = await signInAgain(twins)
    // Another browser window of the same sign-in at the org, without a session here.
    const window = twins.elsewhere(client)
    for (const [cookie, value] of Object.entries(client.cookies('localhost'))) {
      window.setCookie('localhost', cookie, value)
    }
    window.setCookie('acme.localhost', 'doorward', '')
    const start = await window.get(world.url('acme', '/deep'))
    const back = await window.get(String(start.headers.location))
    const held = holdAnswers(acme, 1)
    const completing = window.get(String(back.headers.location))
    await held.carriedOut
    const logout = (await providerLogouts(world, tokens, sid))[name]
    t.equal((await logout.send()).status, logout.status, name)
    held.release()
    const refused = await completing
    t.equal(refused.status, 400, name)
    t.match(refused.text(), /href="\/oauth2\/login"/, 'it can be tried again')
    t.equal((await window.xhr(world.url('acme'))).status, 401)
    t.same(await redis.command('KEYS', '*session:acme:*'), [], 'nothing lives on')
    const [failure] = other.events('login.failed').slice(-1)
    t.match(failure, { reason: 'a logout came while this login was under way' })
    await signIn(window, world.url('acme', '/oauth2/login?rd=/deep'))
    t.equal((await window.xhr(world.url('acme'))).status, 200, 'at once')
    await redis.command('FLUSHALL')
  }
  await acme.calledTimes('revoke', PROVIDER_LOGOUTS.length)
})

test('without the store a logout by the provider is answered 503, and works when it is sent again', async (t) => {
  const twins = await startTwins(t)
  if (!twins) return
  const { world, redis } = twins
  const tokens = await issueSecurityTokens(world.orgs.acme)
  for (const name of PROVIDER_LOGOUTS) {
    const { client, sid } = await signInAgain(twins)
    const logout = (await providerLogouts(world, tokens, sid))[name]
    await redis.stop()
    for (const attempt of [1, 2]) {
      const answer = await logout.send()
      t.match(answer, { status: 503, headers: { 'retry-after': '5' } }, `${name}, attempt ${attempt}`)
    }
    await redis.restart()
    await untilReady(world.proxy)
    t.equal((await client.xhr(world.url('acme'))).status, 200, 'still signed in')
    t.equal((await logout.send()).status, logout.status, name)
    t.equal((await client.xhr(world.url('acme'))).status, 401)
  }
})

test('a store that fails in the middle of the work has not used the token up', async (t) => {
  const twins = await startTwins(t)
  if (!twins) return
  const { world, redis } = twins
  const tokens = await issueSecurityTokens(world.orgs.acme)
  const { client, sid } = await signInAgain(twins)
  const { 'back-channel logout': logout } = await providerLogouts(world, tokens, sid)
  // The token is judged, and found to be new, by a Redis that is not asked for anything else.
  await redis.command('ACL', 'SETUSER', 'default', '-del', '-unlink', '-eval', '-evalsha')
  t.equal((await logout.send()).status, 503)
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  await redis.command('ACL', 'SETUSER', 'default', '+@all')
  t.equal((await logout.send()).status, 200)
  t.equal((await client.xhr(world.url('acme'))).status, 401)
})
