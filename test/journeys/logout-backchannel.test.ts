import { randomUUID } from 'node:crypto'
import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { issueSecurityTokens, LOGOUT_EVENTS } from '../fixtures/okta/security-tokens.js'
import { until } from '../fixtures/until.js'
import { ALICE, startWorld, type TenantName } from '../fixtures/world.js'

const CLIENT_ID = '0oa-acme-0'

async function startLogoutWorld(t: Parameters<typeof startWorld>[0], options: object = {}) {
  const world = await startWorld(t, options)
  const tokens = await issueSecurityTokens(world.orgs.acme)
  return {
    world,
    tokens,
    send: (logout_token: string, tenant: TenantName = 'acme') =>
      new Client().xhr(world.url(tenant, '/oauth2/logout/backchannel'), {
        method: 'POST',
        body: new URLSearchParams({ logout_token }),
      }),
  }
}

/** The `sid` of a session, as its app's claims say it. */
async function signInWithSid(world: Awaited<ReturnType<typeof startWorld>>, tenant: TenantName = 'acme') {
  const client = await world.client(tenant)
  await client.get(world.url(tenant, '/who'))
  const sid = String(world.upstream.requests.at(-1)?.headers['x-sid'])
  return { client, sid }
}

const withSid = { settings: { headers: { 'X-Sid': 'sid', 'X-Forwarded-User': 'sub' } } }

test('the sessions of a sign-in end; those of other sign-ins, people and tenants go on', async (t) => {
  const { world, tokens, send } = await startLogoutWorld(t, withSid)
  const [one, two] = [await signInWithSid(world), await signInWithSid(world)]
  const west = await signInWithSid(world, 'west')
  t.not(one.sid, two.sid)

  const answer = await send(await tokens.logoutToken({ aud: CLIENT_ID, sub: ALICE.sub, sid: one.sid }))
  t.equal(answer.status, 200)
  t.match(answer.headers, { 'cache-control': 'no-store', 'content-length': '0' })
  t.same(answer.setCookies, [])
  t.equal((await one.client.xhr(world.url('acme'))).status, 401)
  t.equal((await two.client.xhr(world.url('acme'))).status, 200)
  t.equal((await west.client.xhr(world.url('west'))).status, 200)
  t.match(world.proxy.events('session.ended'), [
    {
      tenant: 'acme',
      user: ALICE.sub,
      session: /^[0-9a-f]{32}$/,
      reason: 'back-channel logout',
      request_id: /\w/,
    },
  ])
  t.equal(world.orgs.acme.calls.revoke, 0)
})

test('a token with sub alone ends all sessions of the person at this tenant', async (t) => {
  const { world, tokens, send } = await startLogoutWorld(t)
  const clients = [await world.client('acme'), await world.client('acme')]
  const west = await world.client('west')
  const token = await tokens.logoutToken({ aud: ['another', CLIENT_ID], sub: ALICE.sub }, { typ: 'JWT' })
  t.equal((await send(token)).status, 200)
  for (const client of clients) t.equal((await client.xhr(world.url('acme'))).status, 401)
  t.equal((await west.xhr(world.url('west'))).status, 200)
  t.equal(world.proxy.events('session.ended').length, 2)
})

test('whether there was a session is not told', async (t) => {
  const { tokens, send } = await startLogoutWorld(t)
  for (const claims of [{ sub: '00unobody' }, { sid: 'made-up' }, { sub: ALICE.sub, sid: 'made-up' }]) {
    const token = await tokens.logoutToken({ aud: CLIENT_ID, ...claims }, { typ: undefined })
    t.equal((await send(token)).status, 200)
  }
})

test('what is no logout token of this client is refused, and ends nothing', async (t) => {
  const { world, tokens, send } = await startLogoutWorld(t)
  const client = await world.client('acme')
  const now = Math.floor(Date.now() / 1000)
  const globex = await issueSecurityTokens(world.orgs.globex)
  const good = { aud: CLIENT_ID, sub: ALICE.sub }
  const cases: [string, Record<string, unknown>, Record<string, unknown>?][] = [
    ['a foreign issuer', { iss: world.orgs.globex.issuer }],
    ['no issuer', { iss: undefined }],
    ['another client', { aud: '0oa-acme-1' }],
    ['no audience', { aud: undefined }],
    ['no iat', { iat: undefined }],
    ['from the future', { iat: now + 120 }],
    ['eleven minutes old', { iat: now - 720, exp: now + 60 }],
    ['expired', { iat: now - 400, exp: now - 100 }],
    ['no exp', { exp: undefined }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['no events', { events: undefined }],
    ['another event', { events: { 'urn:example:other': {} } }],
    ['events that are none', { events: 'http://schemas.openid.net/event/backchannel-logout' }],
    ['events as a list', { events: [LOGOUT_EVENTS] }],
    ['an event that is no object', { events: { 'http://schemas.openid.net/event/backchannel-logout': 'x' } }],
    ['a nonce', { nonce: 'n' }],
    ['a nonce of nothing', { nonce: null }],
    ['not yet valid', { nbf: now + 120 }],
    ['nobody', { sub: undefined }],
    ['a sub that is no name', { sub: 7 }],
    ['an empty sid', { sid: '' }],
    ['the type of another token', {}, { typ: 'global-token-revocation+jwt' }],
    ['an unknown key', {}, { kid: 'made-up' }],
    ['an issuer with a slash', { iss: `${world.orgs.acme.issuer}/` }],
    ['the other instance among others', { aud: ['0oa-acme-1', 'another'] }],
  ]
  for (const [name, claims, header] of cases) {
    const answer = await send(await tokens.logoutToken({ ...good, ...claims }, header))
    t.equal(answer.status, 400, name)
    t.match(answer.json(), { error: 'invalid_request', error_description: /\w/ }, name)
    t.match(answer.headers, { 'cache-control': 'no-store', 'content-type': /^application\/json/ })
  }
  const token = await tokens.logoutToken(good)
  const [header = '', payload = '', signature = ''] = token.split('.')
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  // Whoever is given a client's secret, or its public key, could sign with it if any algorithm would do.
  const symmetric = new TextEncoder().encode('acme-0_secret')
  for (const [name, forged] of [
    ['a foreign org', await globex.logoutToken({ ...good, iss: world.orgs.acme.issuer })],
    ['no signature', `${encode({ alg: 'none', typ: 'logout+jwt' })}.${payload}.`],
    ['HMAC', await tokens.sign({ ...good, jti: randomUUID() }, { alg: 'HS256' }, symmetric)],
    ['an extension', await tokens.logoutToken(good, { crit: ['b64'], b64: true })],
    ['changed claims', `${header}.${encode({ ...good, jti: 'x' })}.${signature}`],
    ['not a token', 'x'],
    ['empty', ''],
    ['no signature of a good one', `${header}.${payload}.`],
    ['an access token', await tokens.sign({ ...good, iss: world.orgs.acme.issuer }, { typ: 'at+jwt' })],
  ] as const) {
    t.equal((await send(forged)).status, 400, name)
  }
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  t.same(world.proxy.events('session.ended'), [])
  t.notMatch(JSON.stringify(world.proxy.log), signature)
})

test('an ID token is no logout token', async (t) => {
  const { world, send } = await startLogoutWorld(t)
  const client = await world.client('acme')
  const other = await world.client('acme')
  const logout = await client.get(world.url('acme', '/oauth2/logout'), {
    headers: { 'sec-fetch-site': 'same-origin' },
  })
  const idToken = new URL(String(logout.headers.location)).searchParams.get('id_token_hint') ?? ''
  t.match(await send(idToken), { status: 400 })
  t.equal((await other.xhr(world.url('acme'))).status, 200)
})

test('a logout token works once', async (t) => {
  const { world, tokens, send } = await startLogoutWorld(t)
  const token = await tokens.logoutToken({ aud: CLIENT_ID, sub: ALICE.sub })
  await world.client('acme')
  t.equal((await send(token)).status, 200)
  const client = await world.client('acme')
  t.equal((await send(token)).status, 400)
  t.equal((await client.xhr(world.url('acme'))).status, 200, 'who has signed in since is not signed out')
  const another = await tokens.logoutToken({ aud: CLIENT_ID, sub: ALICE.sub })
  const both = await Promise.all([send(another), send(another)])
  t.same(both.map(({ status }) => status).sort(), [200, 400])
})

test('only a form with one token is a request', async (t) => {
  const { world, tokens } = await startLogoutWorld(t)
  const url = world.url('acme', '/oauth2/logout/backchannel')
  const token = await tokens.logoutToken({ aud: CLIENT_ID, sub: ALICE.sub })
  const post = async (body: string | URLSearchParams, type?: string) =>
    (
      await new Client().xhr(url, {
        method: 'POST',
        body,
        ...(type === undefined ? {} : { headers: { 'content-type': type } }),
      })
    ).status
  t.equal(await post(new URLSearchParams()), 400)
  t.equal(await post(`logout_token=${token}&logout_token=${token}`, 'application/x-www-form-urlencoded'), 400)
  t.equal(await post(JSON.stringify({ logout_token: token }), 'application/json'), 400)
  t.equal(await post(token, 'application/logout+jwt'), 400)
  t.equal(await post(`logout_token=${'x'.repeat(70_000)}`, 'application/x-www-form-urlencoded'), 413)
  t.equal((await new Client().xhr(`${url}?logout_token=${token}`, { method: 'POST' })).status, 400)
  for (const method of ['GET', 'PUT']) t.equal((await new Client().xhr(url, { method })).status, 404)
  t.equal(await post(new URLSearchParams({ state: 'ignored', logout_token: token })), 200)
  t.same(world.upstream.requests, [])
})

test('while the keys cannot be had the provider is asked to come again, with the same token', async (t) => {
  const { world, tokens, send } = await startLogoutWorld(t)
  const { acme } = world.orgs
  const token = await tokens.logoutToken({ aud: CLIENT_ID, sub: ALICE.sub })
  acme.behave('discovery', { status: 500, times: 1 })
  const answer = await send(token)
  t.equal(answer.status, 503)
  t.match(answer.headers, { 'retry-after': /\d/ })
  await until('the provider is asked again', async () => (await send(token)).status === 200)
})
