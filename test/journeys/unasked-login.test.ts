import { test } from 'tap'
import type { Client, ClientResponse } from '../fixtures/client.js'
import { issueSecurityTokens, type SecurityTokens } from '../fixtures/okta/security-tokens.js'
import { ALICE, startWorld, type World } from '../fixtures/world.js'

const SIMPLIFIED = { tenant: { idp_initiated_login: 'id_token' } }
// The form of another site: no cookie that is SameSite=Lax comes with it.
const FOREIGN = { cookie: '', 'sec-fetch-site': 'cross-site' }

const post = (world: World, client: Client, form: Record<string, string>, path = '/oauth2/callback') =>
  client.get(world.url('acme', path), {
    method: 'POST',
    headers: FOREIGN,
    body: new URLSearchParams(form),
  })

const seconds = () => Math.floor(Date.now() / 1000)
let serial = 0

function idToken(world: World, tokens: SecurityTokens, claims: object = {}, header: object = {}) {
  const iat = seconds()
  const usual = { iss: world.orgs.acme.issuer, aud: '0oa-acme-0', sub: ALICE.sub, iat, exp: iat + 3600 }
  serial += 1
  return tokens.sign({ ...usual, jti: `ID.${serial}`, preferred_username: 'alice', ...claims }, { ...header })
}

function startsLogin(world: World, response: ClientResponse): boolean {
  const location = new URL(String(response.headers.location), 'http://nowhere.example')
  return (
    response.status === 302 &&
    location.origin === world.orgs.acme.issuer &&
    location.searchParams.get('response_type') === 'code' &&
    location.searchParams.get('login_hint') === 'alice' &&
    response.setCookies.every((cookie) => cookie.startsWith('doorward-tx-'))
  )
}

test('an ID token of the simplified flow starts a login for its person, and is no session', async (t) => {
  const world = await startWorld(t, SIMPLIFIED)
  const tokens = await issueSecurityTokens(world.orgs.acme)
  for (const path of ['/oauth2/callback', '/oauth2/initiate']) {
    const client = await world.client()
    const id_token = await idToken(world, tokens)
    const started = await post(world, client, { id_token }, path)
    t.ok(startsLogin(world, started), path)
    t.equal((await client.xhr(world.url('acme', '/api'))).status, 401, 'nobody is signed in yet')
    const answer = await client.get(String(started.headers.location))
    const arrived = await client.get(String(answer.headers.location))
    t.equal(arrived.headers.location, '/')
    t.equal((await client.get(world.url('acme', '/api'))).status, 200)
  }
  t.equal(world.proxy.events('login.succeeded').length, 2)
})

test('it leads to target_link_uri where that is of this site', async (t) => {
  const world = await startWorld(t, SIMPLIFIED)
  const tokens = await issueSecurityTokens(world.orgs.acme)
  const table = {
    [world.url('acme', '/reports?x=1')]: '/reports?x=1',
    '/deep': '/deep',
    'https://evil.example/': '/',
    '//evil.example/': '/',
    [world.url('globex', '/')]: '/',
  }
  for (const [target_link_uri, expected] of Object.entries(table)) {
    const client = await world.client()
    const started = await post(world, client, { id_token: await idToken(world, tokens), target_link_uri })
    const answer = await client.get(String(started.headers.location))
    const arrived = await client.get(String(answer.headers.location))
    t.equal(arrived.headers.location, expected, target_link_uri)
  }
})

test('an ID token that is not to be trusted starts nothing', async (t) => {
  const world = await startWorld(t, SIMPLIFIED)
  const tokens = await issueSecurityTokens(world.orgs.acme)
  const good = await idToken(world, tokens)
  const spent = await idToken(world, tokens)
  const client = await world.client()
  t.ok(startsLogin(world, await post(world, client, { id_token: spent })))
  const hmac = await tokens.sign(
    { iss: world.orgs.acme.issuer, aud: '0oa-acme-0', sub: ALICE.sub, iat: seconds(), exp: seconds() + 60 },
    { alg: 'HS256' },
    Buffer.from('acme-0_secret'),
  )
  const forms: Record<string, Record<string, string>> = {
    forged: { id_token: `${good.slice(0, -40)}${'A'.repeat(40)}` },
    replayed: { id_token: spent },
    "another tenant's": { id_token: await idToken(world, tokens, { aud: '0oa-acme-1' }) },
    "another org's": { id_token: await idToken(world, tokens, { iss: world.orgs.globex.issuer }) },
    expired: { id_token: await idToken(world, tokens, { exp: seconds() - 60 }) },
    old: { id_token: await idToken(world, tokens, { iat: seconds() - 400 }) },
    HS256: { id_token: hmac },
    unsigned: { id_token: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.` },
    "that of somebody's sign-in": { id_token: await idToken(world, tokens, { nonce: 'n' }) },
    'with a state': { id_token: good, state: 's' },
    'with a code and a state': { id_token: good, state: 's', code: 'c' },
  }
  for (const [what, form] of Object.entries(forms)) {
    const response = await post(world, await world.client(), form)
    t.equal(response.status, 400, what)
    t.same(response.setCookies, [], what)
    t.notOk(response.headers.location, what)
  }
  const twice = new URLSearchParams(`id_token=${good}&id_token=${good}`)
  const options = { method: 'POST', headers: FOREIGN, body: twice }
  t.equal((await client.get(world.url('acme', '/oauth2/callback'), options)).status, 400, 'twice')
  t.equal(
    (await client.get(world.url('acme', `/oauth2/callback?id_token=${good}`))).status,
    400,
    'as a query',
  )
  t.ok(startsLogin(world, await post(world, client, { id_token: good })), 'none of that has used it up')
  t.notMatch(JSON.stringify(world.proxy.log), good.slice(-40), 'no token is in the log')
})

test('without the setting it is the page that tells an admin what to change', async (t) => {
  const world = await startWorld(t)
  const tokens = await issueSecurityTokens(world.orgs.acme)
  for (const path of ['/oauth2/callback', '/oauth2/initiate']) {
    const response = await post(world, await world.client(), { id_token: await idToken(world, tokens) }, path)
    t.equal(response.status, 400)
    t.match(response.text(), /Redirect to app to initiate login/)
    t.match(world.proxy.events('login.failed').at(-1), { reason: /idp_initiated_login: id_token/ })
  }
})

test('a copy is refused for as long as a token may be taken, which is ten minutes', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { ...SIMPLIFIED, now: () => now })
  const tokens = await issueSecurityTokens(world.orgs.acme)
  // Issued by a clock that is almost five minutes ahead.
  const iat = Math.floor(now / 1000) + 298
  const forms = await Promise.all(
    [{ jti: 'ID.ahead' }, { jti: undefined }].map(async (claims) => ({
      id_token: await idToken(world, tokens, { ...claims, iat, exp: iat + 3600 }),
    })),
  )
  const reasons = async (): Promise<unknown[]> => {
    const answers: unknown[] = []
    for (const form of forms) {
      const { status } = await post(world, await world.client(), form)
      answers.push(status === 400 ? world.proxy.events('login.failed').at(-1)?.reason : status)
    }
    return answers
  }
  t.same(await reasons(), [302, 302])
  now += 595_000
  t.match(await reasons(), [/has been used before/, /has been used before/])
  now += 5000
  t.match(await reasons(), [/more than 5 minutes ago/, /more than 5 minutes ago/])
})

test('a tile that redirects starts a fresh sign-in, by GET and by POST, and what else it says is not passed on', async (t) => {
  const world = await startWorld(t)
  const { issuer } = world.orgs.acme
  const initiate = (client: Client, parameters: string, method: string) => {
    const isPost = method === 'POST'
    const address = world.url('acme', `/oauth2/initiate${isPost ? '' : `?${parameters}`}`)
    return client.get(address, isPost ? { method, body: new URLSearchParams(parameters) } : {})
  }
  const states = new Set<string | null>()
  for (const method of ['GET', 'POST']) {
    for (const [parameters, hint, target] of [
      ['', null, '/'],
      [`iss=${issuer}`, null, '/'],
      [`iss=${issuer}/&login_hint=al%26state=x`, 'al&state=x', '/'],
      [
        `login_hint=alice&target_link_uri=${encodeURIComponent(world.url('acme', '/a?b=1#c'))}`,
        'alice',
        '/a?b=1#c',
      ],
      [
        `iss=${issuer}&prompt=none&scope=admin&state=s&nonce=n&redirect_uri=https://evil.example&x=1&x=2`,
        null,
        '/',
      ],
    ] as const) {
      const client = await world.client()
      const started = await initiate(client, parameters, method)
      const location = new URL(String(started.headers.location))
      t.equal(location.origin + location.pathname, `${issuer}/oauth2/v1/authorize`, `${method} ${parameters}`)
      t.equal(location.searchParams.get('login_hint'), hint)
      t.match(Object.fromEntries(location.searchParams), {
        scope: /^openid profile/,
        redirect_uri: world.url('acme', '/oauth2/callback'),
        state: /^[\w-]{43}$/,
        nonce: /^[\w-]{43}$/,
      })
      t.notOk(location.searchParams.has('prompt') || location.searchParams.has('x'))
      states.add(location.searchParams.get('state'))
      const answer = await client.get(location)
      t.equal((await client.get(String(answer.headers.location))).headers.location, target)
    }
    for (const [parameters, error] of [
      ['iss=https://evil.example', 'unknown_issuer'],
      ['iss=', 'unknown_issuer'],
      [`iss=${issuer}.evil.example`, 'unknown_issuer'],
      [`iss=${world.orgs.globex.issuer}`, 'unknown_issuer'],
      ...[
        'https://evil.example/',
        '//evil.example/',
        '/\\evil.example/',
        'https:evil.example',
        'javascript:alert(1)',
        'data:text/html,x',
        world.url('west', '/'),
        world.url('acme', '/').replace('http:', 'https:'),
        world.url('acme', '/').replace('http://', 'http://user@'),
        `${world.url('acme', '').replace(/\/$/, '')}.evil.example/`,
        `${world.url('acme', '//evil.example/')}`,
      ].map((uri) => [`target_link_uri=${encodeURIComponent(uri)}`, 'invalid_return_address'] as const),
    ] as const) {
      const refused = await initiate(await world.client(), parameters, method)
      t.equal(refused.status, 400, `${method} ${parameters}`)
      t.same(refused.setCookies, [])
      t.notOk(refused.headers.location)
      t.match(world.proxy.log.at(-1), { error, tenant: 'acme' }, parameters)
    }
  }
  t.equal(states.size, 10, 'each a request of its own')
})

test('two at the same moment: one starts a login', async (t) => {
  const world = await startWorld(t, SIMPLIFIED)
  const tokens = await issueSecurityTokens(world.orgs.acme)
  const id_token = await idToken(world, tokens)
  const clients = await Promise.all(Array.from({ length: 5 }, () => world.client()))
  const answers = await Promise.all(clients.map((client) => post(world, client, { id_token })))
  t.same(answers.map(({ status }) => status).sort(), [302, 400, 400, 400, 400])
})
