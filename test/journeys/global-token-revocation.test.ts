import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { issueSecurityTokens } from '../fixtures/okta/security-tokens.js'
import { revoke } from '../fixtures/provider-logouts.js'
import { ALICE, startWorld, type TenantName } from '../fixtures/world.js'

const CLIENT_ID = '0oa-acme-0'
const PATH = '/oauth2/global-token-revocation'

async function startRevocationWorld(t: Parameters<typeof startWorld>[0], options: object = {}) {
  const world = await startWorld(t, options)
  const tokens = await issueSecurityTokens(world.orgs.acme)
  const url = world.url('acme', PATH)
  const bySubject = { format: 'iss_sub', iss: world.orgs.acme.issuer, sub: ALICE.sub }
  return {
    world,
    tokens,
    url,
    bySubject,
    bearer: (claims: object = {}, header = {}) =>
      tokens.revocationToken({ aud: url, sub: CLIENT_ID, ...claims }, header),
  }
}

test('all sessions of a person at this tenant end, by subject and by mail address', async (t) => {
  const { world, url, bySubject, bearer } = await startRevocationWorld(t)
  const west = await world.client('west')
  for (const sub_id of [bySubject, { format: 'email', email: 'Alice@ACME.example' }]) {
    const clients = [await world.client('acme'), await world.client('acme')]
    const answer = await revoke(url, await bearer(), sub_id)
    t.equal(answer.status, 204)
    t.equal(answer.text(), '')
    t.match(answer.headers, { 'cache-control': 'no-store' })
    for (const client of clients) t.equal((await client.xhr(world.url('acme'))).status, 401)
  }
  t.equal((await west.xhr(world.url('west'))).status, 200, 'the second instance is another tenant')
  const ended = world.proxy.events('session.ended')
  t.equal(ended.length, 4)
  t.match(ended[0], { tenant: 'acme', user: ALICE.sub, reason: 'universal logout', request_id: /\w/ })
  t.same(
    world.upstream.requests.filter(({ method }) => method === 'POST'),
    [],
  )
})

test('who has no session is not found', async (t) => {
  const { world, url, bySubject, bearer } = await startRevocationWorld(t)
  await world.client('west')
  for (const sub_id of [bySubject, { ...bySubject, sub: '00unobody' }, { format: 'email', email: 'x@y.z' }]) {
    const answer = await revoke(url, await bearer(), sub_id)
    t.equal(answer.status, 404)
    t.match(answer.json(), { error: 'user_not_found' })
  }
})

test('a tenant that asks for no mail addresses says that it cannot find anybody by them', async (t) => {
  const scopes = ['openid', 'profile']
  const { world, url, bySubject, bearer } = await startRevocationWorld(t, { tenant: { scopes } })
  const client = await world.client('acme')
  const answer = await revoke(url, await bearer(), { format: 'email', email: ALICE.email })
  t.equal(answer.status, 422)
  t.match(answer.json(), { error: 'unsupported_subject' })
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  t.equal((await revoke(url, await bearer(), bySubject)).status, 204)
})

test('who is not the provider of this tenant is refused', async (t) => {
  const { world, tokens, url, bySubject, bearer } = await startRevocationWorld(t)
  const client = await world.client('acme')
  const globex = await issueSecurityTokens(world.orgs.globex)
  const now = Math.floor(Date.now() / 1000)
  const aud = url
  const { issuer: iss } = world.orgs.acme
  const usual = { iss, aud, sub: CLIENT_ID, jti: 'x', iat: now, exp: now + 300 }
  const symmetric = new TextEncoder().encode('acme-0_secret')
  const good = await bearer()
  const [header, payload] = good.split('.')
  for (const [name, jwt] of [
    ['signed by another org', await globex.revocationToken({ iss, aud, sub: CLIENT_ID })],
    ['of another org', await globex.revocationToken({ aud, sub: CLIENT_ID })],
    ['an ID token in its place', await tokens.sign({ ...usual, aud: CLIENT_ID, sub: ALICE.sub })],
    ['a logout token in its place', await tokens.logoutToken({ aud: CLIENT_ID, sub: ALICE.sub })],
    ['another typ', await bearer({}, { typ: 'JWT' })],
    ['no typ', await bearer({}, { typ: undefined })],
    ['HMAC', await tokens.sign(usual, { alg: 'HS256', typ: 'global-token-revocation+jwt' }, symmetric)],
    ['no signature', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`],
    ['a changed signature', `${header}.${payload}.AAAA`],
    ['an audience with a query', await bearer({ aud: `${url}?x=1` })],
    ['an audience with a slash', await bearer({ aud: `${url}/` })],
    ['the audience of the other instance', await bearer({ aud: world.url('west', PATH) })],
    ['that of the other instance', await bearer({ aud: world.url('west', PATH), sub: '0oa-acme-1' })],
    ['the audience of another scheme', await bearer({ aud: url.replace('http:', 'https:') })],
    ['the client as audience', await bearer({ aud: CLIENT_ID })],
    ['no audience', await bearer({ aud: undefined })],
    ['an unknown key', await bearer({}, { kid: 'made-up' })],
    ['a foreign issuer', await bearer({ iss: world.orgs.globex.issuer })],
    ['an issuer that is no alias', await bearer({ iss: 'https://login.acme.example' })],
    ['another client', await bearer({ sub: '0oa-acme-1' })],
    ['no client', await bearer({ sub: undefined })],
    ['expired', await bearer({ exp: now - 61 })],
    ['no exp', await bearer({ exp: undefined })],
    ['an exp that is far away', await bearer({ exp: now + 3600 })],
    ['not yet valid', await bearer({ nbf: now + 120 })],
    ['an nbf that is long ago', await bearer({ nbf: now - 3600 })],
    ['from the future', await bearer({ iat: now + 120 })],
    ['issued long ago', await bearer({ iat: now - 720 })],
    ['no iat', await bearer({ iat: undefined })],
    ['no jti', await bearer({ jti: undefined })],
    ['an empty jti', await bearer({ jti: '' })],
    ['no token', 'x'],
  ] as const) {
    const answer = await revoke(url, jwt, bySubject)
    t.equal(answer.status, 401, name)
    t.equal(answer.headers['www-authenticate'], 'Bearer error="invalid_token"', name)
    t.match(answer.json(), { error: 'invalid_token' })
  }
  for (const authorization of [undefined, '', 'Bearer', `Basic ${good}`, good, `Bearer ${good} x`]) {
    const answer = await new Client().xhr(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ sub_id: bySubject }),
    })
    t.match(answer, { status: 401, headers: { 'www-authenticate': 'Bearer' } }, String(authorization))
  }
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  t.notMatch(JSON.stringify(world.proxy.log), payload)
})

test('a body that names nobody is refused, and has not used the token up', async (t) => {
  const { world, url, bySubject, bearer } = await startRevocationWorld(t)
  const client = await world.client('acme')
  const jwt = await bearer()
  const post = (body: string, type = 'application/json') =>
    new Client().xhr(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${jwt}`, 'content-type': type },
      body,
    })
  for (const sub_id of [
    undefined,
    null,
    'alice',
    [],
    {},
    { format: 'opaque', id: ALICE.sub },
    { format: 'toString' },
    { format: 'email' },
    { format: 'email', email: '' },
    { format: 'email', email: [ALICE.email] },
    { format: 'iss_sub', iss: world.orgs.acme.issuer },
    { format: 'iss_sub', sub: ALICE.sub },
    { format: 'iss_sub', iss: world.orgs.globex.issuer, sub: ALICE.sub },
    { ...bySubject, sub: 7 },
  ]) {
    const answer = await post(JSON.stringify({ sub_id }))
    t.equal(answer.status, 400, JSON.stringify(sub_id))
    t.match(answer.json(), { error: 'invalid_request' })
  }
  const good = JSON.stringify({ sub_id: bySubject })
  for (const [body, type] of [
    ['', 'application/json'],
    ['{', 'application/json'],
    ['[]', 'application/json'],
    ['null', 'application/json'],
    [good, 'text/plain'],
    [good, 'application/jsonp'],
    [`sub_id=${good}`, 'application/x-www-form-urlencoded'],
  ] as const) {
    t.equal((await post(body, type)).status, 400, `${type}: ${body}`)
  }
  t.equal((await post(`{"sub_id":${' '.repeat(70_000)}null}`)).status, 413)
  t.equal((await client.xhr(world.url('acme'))).status, 200)
  t.equal((await post(good, 'Application/JSON; charset=utf-8')).status, 204)
})

test('a token works once', async (t) => {
  const { world, url, bySubject, bearer } = await startRevocationWorld(t)
  const jwt = await bearer()
  await world.client('acme')
  t.equal((await revoke(url, jwt, bySubject)).status, 204)
  const client = await world.client('acme')
  const again = await revoke(url, jwt, bySubject)
  t.match(again, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
  t.equal((await client.xhr(world.url('acme'))).status, 200, 'who has signed in since is not signed out')
})

test("an alias of the issuer is the tenant's provider too", async (t) => {
  const alias = 'https://login.acme.example'
  const tenants = { acme: { issuer_aliases: [alias] } }
  const { world, url, bySubject, bearer } = await startRevocationWorld(t, { tenants })
  const client = await world.client('acme')
  const answer = await revoke(url, await bearer({ iss: alias }), { ...bySubject, iss: alias })
  t.equal(answer.status, 204)
  t.equal((await client.xhr(world.url('acme'))).status, 401)
})

test('it belongs to the hostname of a tenant, and to POST', async (t) => {
  const { world, bySubject, bearer } = await startRevocationWorld(t)
  const jwt = await bearer()
  const ask = (tenant: TenantName, method: string) =>
    new Client().get(world.url(tenant, PATH), { method, headers: { authorization: `Bearer ${jwt}` } })
  for (const method of ['GET', 'PUT', 'DELETE']) t.equal((await ask('acme', method)).status, 404, method)
  for (const tenant of ['west', 'globex'] as const) {
    t.equal((await revoke(world.url(tenant, PATH), jwt, bySubject)).status, 401, tenant)
  }
  const stranger = new Client({ resolve: { 'stranger.localhost': world.port } })
  const answer = await stranger.xhr(`http://stranger.localhost${PATH}`, { method: 'POST' })
  t.equal(answer.status, 421)
  t.same(world.upstream.requests, [])
})

test('a cookie changes nothing: neither read nor removed', async (t) => {
  const { world, url, bySubject, bearer } = await startRevocationWorld(t)
  const client = await world.client('acme')
  client.setCookie('acme.localhost', 'doorward', 'tampered')
  const answer = await client.xhr(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${await bearer()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sub_id: bySubject }),
  })
  t.equal(answer.status, 204)
  t.same(answer.setCookies, [])
})
