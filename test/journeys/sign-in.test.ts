import { test } from 'tap'
import { ALICE, signIn, startWorld, type TenantName } from '../fixtures/world.js'

test('a navigation without a session is sent to the provider with PKCE, state and nonce', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  const response = await client.get(world.url('acme', '/reports/2026?quarter=3'))
  t.equal(response.status, 302)
  const location = new URL(String(response.headers.location))
  t.equal(location.origin, world.orgs.acme.issuer)
  t.equal(location.searchParams.get('client_id'), '0oa-acme-0')
  t.equal(location.searchParams.get('redirect_uri'), world.url('acme', '/oauth2/callback'))
  t.equal(location.searchParams.get('response_type'), 'code')
  t.equal(location.searchParams.get('code_challenge_method'), 'S256')
  t.equal(location.searchParams.get('scope'), 'openid profile email groups offline_access')
  for (const name of ['state', 'nonce', 'code_challenge'])
    t.match(location.searchParams.get(name), /^[\w-]{43}$/)
  t.equal(response.setCookies.length, 1, 'one transaction cookie and nothing else')
  t.match(response.setCookies[0], /^doorward-tx-[\w-]+=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
})

test('a sign-in ends at the deep link that was asked for, query included', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  const response = await signIn(client, world.url('acme', '/reports/2026?quarter=3&x=%2F%2Fa'))
  t.equal(response.url, world.url('acme', '/reports/2026?quarter=3&x=%2F%2Fa'))
  t.equal(world.upstream.requests.at(-1)?.url, '/reports/2026?quarter=3&x=%2F%2Fa')
  t.match(Object.keys(client.cookies('acme.localhost')), ['doorward'], 'the transaction is gone')
})

test('the upstream learns who is signed in', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  await client.get(world.url('acme', '/echo'))
  const headers = world.upstream.requests.at(-1)?.headers
  t.match(headers, {
    host: `acme.localhost:${world.port}`,
    'x-forwarded-user': ALICE.sub,
    'x-forwarded-email': ALICE.email,
    'x-forwarded-preferred-username': 'alice',
    'x-forwarded-groups': 'admins,staff',
    'x-forwarded-tenant': 'acme',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': `acme.localhost:${world.port}`,
  })
  t.notOk(headers?.cookie, "Doorward's cookies stay with Doorward")
})

test('claims that are not in the ID token come from UserInfo, when they are needed or it is said so', async (t) => {
  const users = [{ ...ALICE, address: { country: 'CH', locality: 'Bern' }, teams: ['a,b', 'c'] }]
  const scopes = ['openid', 'profile', 'email', 'groups', 'address']
  const headers = { 'X-Groups': 'groups', 'X-Teams': 'teams', 'X-Country': 'address.country' }
  const whole = { 'x-groups': 'admins,staff', 'x-teams': 'a%2Cb,c', 'x-country': 'CH' }
  const thin = { 'x-groups': 'admins,staff', 'x-teams': undefined, 'x-country': undefined }
  const world = await startWorld(t, {
    okta: { users },
    tenants: {
      acme: { scopes, headers },
      west: { scopes, headers, userinfo: 'never' },
      globex: { headers: { 'X-Groups': 'groups' } },
    },
  })
  const { acme, globex } = world.orgs
  const received = async (tenant: TenantName) => {
    const client = await world.client(tenant)
    await client.get(world.url(tenant, '/echo'))
    const { headers } = world.upstream.requests.at(-1) ?? {}
    return Object.fromEntries(Object.keys(whole).map((name) => [name, headers?.[name]]))
  }
  t.same(await received('acme'), whole, 'a thin ID token')
  t.equal(acme.calls.userinfo, 1)
  t.same(await received('west'), thin, 'never')
  acme.fatIdTokens = true
  t.same(await received('acme'), whole, 'a fat ID token')
  t.same(await received('west'), whole, 'a fat ID token, never')
  t.equal(acme.calls.userinfo, 1)
  t.match(await received('globex'), { 'x-groups': 'admins,staff' })
  t.equal(globex.calls.userinfo, 0, 'what is asked for is in the thin one')
})

test('UserInfo that is always asked, and about somebody else, signs nobody in', async (t) => {
  const world = await startWorld(t, { tenants: { acme: { userinfo: 'always' } } })
  const { acme } = world.orgs
  await world.client('acme')
  t.equal(acme.calls.userinfo, 1)
  acme.behave('userinfo', { status: 200, body: { sub: '00umallory', groups: ['admins'] } })
  const client = await world.client()
  const refused = await client.get(world.url('acme'), { redirect: 'follow' })
  t.equal(refused.status, 500)
  t.notOk(client.cookies('acme.localhost').doorward)
  t.match(world.proxy.events('login.failed'), [{ tenant: 'acme', reason: /^UserInfo: .*sub/ }])
})
