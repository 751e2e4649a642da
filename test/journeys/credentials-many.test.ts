import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { type Okta, startOkta } from '../fixtures/okta.js'
import { startProxy } from '../fixtures/proxy.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { startUpstream } from '../fixtures/upstream.js'
import { ALICE, signIn } from '../fixtures/world.js'

// Ten customers, of whom three have a second instance in their own org.
const ORGS = Array.from({ length: 10 }, (_, index) => `org${index}`)
const TENANTS = ORGS.flatMap((org, index) => (index < 3 ? [`${org}-a`, `${org}-b`] : [`${org}-a`]))

const orgOf = (tenant: string): string => tenant.replace(/-.$/, '')

/** Starts thirteen tenants in ten orgs, whose users all have the same `sub` and address. */
async function start(t: Parameters<typeof startProxy>[0]) {
  const port = await reservePort()
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const url = (tenant: string, path = '/') => `http://${tenant}.localhost:${port}${path}`
  const orgs = new Map<string, Okta>()
  for (const name of ORGS) {
    const clients = TENANTS.filter((tenant) => orgOf(tenant) === name).map((tenant) => ({
      client_id: `0oa-${tenant}`,
      client_secret: `secret-of-${tenant}`,
      redirect_uris: [url(tenant, '/oauth2/callback')],
      post_logout_redirect_uris: [url(tenant, '/oauth2/logout/callback')],
    }))
    const okta = await startOkta({ name, clients, users: [{ ...ALICE, groups: [name] }] })
    t.teardown(() => okta.stop())
    okta.signInAs(ALICE.login)
    orgs.set(name, okta)
  }
  const org = (tenant: string): Okta => orgs.get(orgOf(tenant)) as Okta
  const tenants = TENANTS.map((tenant) => ({
    id: tenant,
    origins: [url(tenant).slice(0, -1)],
    issuer: org(tenant).issuer,
    client_id: `0oa-${tenant}`,
    client_secret: `secret-of-${tenant}`,
    scopes: ['openid', 'profile', 'email', 'groups'],
  }))
  const clock = { now: Date.now() }
  const settings = { upstream: upstream.url, tenants }
  const proxy = await startProxy(t, { port, settings, now: () => clock.now })
  const client = new Client()
  for (const tenant of TENANTS) await signIn(client, url(tenant))
  return { proxy, upstream, client, url, org, clock }
}

test('thirteen tenants in ten orgs with thirteen sets of credentials share nothing', async (t) => {
  const { proxy, upstream, client, url, org } = await start(t)
  t.same(
    proxy.events('login.succeeded').map(({ tenant }) => tenant),
    TENANTS,
  )
  const credentials = (tenant: string) => `Basic ${btoa(`0oa-${tenant}:secret-of-${tenant}`)}`

  for (const tenant of TENANTS) {
    const instances = TENANTS.filter((other) => orgOf(other) === orgOf(tenant))
    await client.get(url(tenant, '/echo'))
    t.match(upstream.requests.at(-1)?.headers, {
      'x-forwarded-tenant': tenant,
      'x-forwarded-user': ALICE.sub,
      'x-forwarded-groups': orgOf(tenant),
    })
    t.equal(org(tenant).calls.keys, instances.length, `${tenant} has keys of its own`)
    t.same(
      org(tenant)
        .requests('discovery')
        .map(({ query }) => query.client_id),
      instances.map((instance) => `0oa-${instance}`),
    )
    t.same(
      org(tenant)
        .requests('token')
        .map(({ headers }) => headers.authorization),
      instances.map(credentials),
    )
  }
})

test('no session, refresh or sign-out of one tenant is felt at another, be it in the same org', async (t) => {
  const { proxy, client, url, org, clock } = await start(t)
  const cookieOf = (tenant: string) => client.cookies(`${tenant}.localhost`).doorward ?? ''
  t.equal(new Set(TENANTS.map(cookieOf)).size, TENANTS.length)
  for (const [index, tenant] of TENANTS.entries()) {
    const thief = new Client()
    const other = TENANTS[(index + 1) % TENANTS.length] ?? ''
    thief.setCookie(`${tenant}.localhost`, 'doorward', cookieOf(other))
    t.equal((await thief.xhr(url(tenant))).status, 401, `${other}'s cookie at ${tenant}`)
  }
  clock.now += 60_000
  for (const tenant of ['org0-a', 'org0-b', 'org9-a']) {
    const calls = org(tenant).calls.token
    t.equal((await client.xhr(url(tenant, '/oauth2/session/refresh'), { method: 'POST' })).status, 200)
    t.equal(org(tenant).calls.token, calls + 1)
    const { headers } = org(tenant).requests('token').at(-1) ?? {}
    t.equal(headers?.authorization, `Basic ${btoa(`0oa-${tenant}:secret-of-${tenant}`)}`)
  }
  t.same(
    proxy.events('session.refreshed').map(({ tenant }) => tenant),
    ['org0-a', 'org0-b', 'org9-a'],
  )
  await org('org0-a').addClient({
    ...{
      client_id: '0oa-org0-a',
      client_secret: 'another',
      redirect_uris: [url('org0-a', '/oauth2/callback')],
    },
    post_logout_redirect_uris: [],
  })
  const refresh = (tenant: string) => client.xhr(url(tenant, '/oauth2/session/refresh'), { method: 'POST' })
  clock.now += 60_000
  t.equal((await refresh('org0-a')).status, 503, 'its secret is not valid any more')
  t.equal((await refresh('org0-b')).status, 200, 'the other instance neither fails nor pauses')
  t.match(proxy.events('session.refresh_failed'), [{ tenant: 'org0-a', reason: /^invalid_client/ }])
  for (const tenant of ['org1-a', 'org2-b', 'org5-a']) {
    await client.get(url(tenant, '/oauth2/logout'), { headers: { 'sec-fetch-site': 'same-origin' } })
  }
  const statuses = await Promise.all(TENANTS.map(async (tenant) => (await client.xhr(url(tenant))).status))
  t.same(
    TENANTS.filter((_, index) => statuses[index] === 401),
    ['org1-a', 'org2-b', 'org5-a'],
  )
})
