import { test } from 'tap'
import { forgeToken, postForged } from '../fixtures/okta/forged-tokens.js'
import { startWorld, type TenantName, type World } from '../fixtures/world.js'

const MINUTE = 60_000
const UNASKED = { tenant: { idp_initiated_login: 'id_token' } }

/** The status with which a new person's sign-in ends. */
async function signInAt(world: World, tenant: TenantName): Promise<number> {
  const client = await world.client()
  return (await client.get(world.url(tenant), { redirect: 'follow' })).status
}

test('a thousand forged keys at every endpoint are one call a minute, and sign-ins go on between them', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { ...UNASKED, now: () => now })
  const { acme } = world.orgs
  const early = await Promise.all([postForged(world, 'acme', 50), signInAt(world, 'acme')])
  t.same(early, [['400', '401'], 200])
  t.equal(acme.calls.keys, 1, 'also where no key is known yet')
  for (const calls of [2, 3]) {
    now += MINUTE
    const flood = postForged(world, 'acme', 500)
    await acme.calledTimes('keys', calls)
    t.equal(await signInAt(world, 'acme'), 200)
    t.same(await flood, ['400', '401'])
    t.equal(acme.calls.keys, calls)
  }
  t.equal(acme.calls.discovery, 1)
  t.equal(world.proxy.events('keys.refreshed').length, 1, 'nor is the log filled')
})

test('a key that is really new is asked for a minute after the last call, by each tenant for itself', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { ...UNASKED, now: () => now })
  const { acme } = world.orgs
  t.equal(await signInAt(world, 'acme'), 200)
  t.equal(await signInAt(world, 'west'), 200)
  t.equal(acme.calls.keys, 2)
  now += MINUTE
  await postForged(world, 'acme', 3)
  t.equal(acme.calls.keys, 3)
  await acme.rotateKeys()
  t.equal(await signInAt(world, 'acme'), 500, 'a forger has used up the call of this minute')
  t.equal(acme.calls.keys, 3)
  t.equal(await signInAt(world, 'west'), 200, 'but not that of another client of the same org')
  t.equal(acme.calls.keys, 4)
  now += MINUTE - 1
  t.equal(await signInAt(world, 'acme'), 500)
  now += 1
  t.equal(await signInAt(world, 'acme'), 200)
  t.equal(await signInAt(world, 'acme'), 200)
  t.equal(acme.calls.keys, 5)
  t.same(
    world.proxy
      .events('keys.refreshed')
      .map(({ tenant, reason }) => `${tenant}, ${String(reason).replace(/[^ ]+$/, '')}`),
    ['acme, 1 key: ', 'west, 1 key: ', 'west, 2 keys; new: ', 'acme, 2 keys; new: '],
  )
})

test('what could never be a token of the provider causes no call for a key', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { ...UNASKED, now: () => now })
  const { acme } = world.orgs
  t.equal(await signInAt(world, 'acme'), 200)
  now += MINUTE
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const tokens = [
    ...['none', 'HS256', 'RSA-OAEP'].map(
      (alg) => `${part({ alg, kid: 'new', typ: 'logout+jwt' })}.${part({})}.AA`,
    ),
    forgeToken('at+jwt', {}),
    `${part({ alg: 'RS256', kid: 'new', typ: 'logout+jwt', crit: ['x'], x: 1 })}.${part({})}.AA`,
    'a.b.c',
    '',
  ]
  for (const logout_token of tokens) {
    const url = world.url('acme', '/oauth2/logout/backchannel')
    const body = new URLSearchParams({ logout_token })
    t.equal((await (await world.client()).xhr(url, { method: 'POST', body })).status, 400, logout_token)
  }
  t.equal(acme.calls.keys, 1)
})
