import { type Test, test } from 'tap'
import { Client } from '../fixtures/client.js'
import { type OktaOptions, startOkta } from '../fixtures/okta.js'
import { startProxy } from '../fixtures/proxy.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { until } from '../fixtures/until.js'
import { startUpstream } from '../fixtures/upstream.js'
import { ALICE, signIn, startWorld } from '../fixtures/world.js'

/**
 * Starts a tenant at an org that answers under two names, as one with a custom domain does, and that writes the first
 * of them into its tokens; the tenant is configured with the other.
 */
async function startRenamed(
  t: Test,
  { aliases = false, ...options }: Partial<OktaOptions> & { aliases?: boolean },
) {
  const port = await reservePort()
  const origin = `http://acme.localhost:${port}`
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const credentials = { client_id: '0oa-acme', client_secret: 'acme_secret' }
  const okta = await startOkta({
    name: 'acme',
    users: [ALICE],
    clients: [
      {
        ...credentials,
        redirect_uris: [`${origin}/oauth2/callback`],
        post_logout_redirect_uris: [`${origin}/oauth2/logout/callback`],
      },
    ],
    ...options,
  })
  t.teardown(() => okta.stop())
  okta.signInAs(ALICE.login)
  const issuer = okta.issuer.replace('localhost', '127.0.0.1')
  const tenant = {
    origins: [origin],
    issuer,
    ...credentials,
    ...(aliases ? { issuer_aliases: [okta.issuer] } : {}),
  }
  const proxy = await startProxy(t, { port, settings: { upstream: upstream.url, tenants: [tenant] } })
  return { okta, issuer, proxy, upstream, url: (path = '/') => `${origin}${path}` }
}

test('an org that goes by another name than configured is refused; the log says what to write', async (t) => {
  const { okta, issuer, proxy, url } = await startRenamed(t, {})
  const page = await new Client().get(url())
  t.equal(page.status, 500)
  t.match(page.text(), 'misconfigured')
  t.notMatch(page.text(), new URL(issuer).host)
  const reason = `discovery of ${issuer} found the issuer "${okta.issuer}": if that is right, make it the tenant's issuer or one of its issuer_aliases`
  t.match(proxy.log.at(-1), { level: 'error', reason })
})

for (const issParameter of [false, true]) {
  test(`an org is used under its custom domain, and known by both names, ${issParameter ? 'with' : 'without'} iss in its answers`, async (t) => {
    const { okta, issuer, upstream, url } = await startRenamed(t, { aliases: true, issParameter })
    const start = await new Client().get(url())
    t.equal(new URL(String(start.headers.location)).origin, issuer, 'the endpoints are those of discovery')
    const client = new Client()
    await signIn(client, url('/deep'))
    t.match(upstream.requests.at(-1), { url: '/deep', headers: { 'x-forwarded-user': ALICE.sub } })
    t.equal((await client.xhr(url('/oauth2/session/refresh'), { method: 'POST' })).status, 200)

    for (const iss of [issuer, okta.issuer, `${okta.issuer}/`]) {
      const answer = await new Client().get(url(`/oauth2/initiate?iss=${encodeURIComponent(iss)}`))
      t.equal(answer.status, 302, `a tile that says ${iss}`)
    }
    t.equal((await new Client().get(url('/oauth2/initiate?iss=https://evil.example'))).status, 400)
  })
}

test('metadata that cannot be read again are a warning, and everybody signs in as before', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { now: () => now })
  await world.client('acme')
  const body = { issuer: 'https://evil.example' }
  world.orgs.acme.behave('discovery', { status: 200, body })
  now += 1.2 * 86_400_000
  const page = await (await world.client()).get(world.url('acme'))
  t.equal(page.status, 302)
  const warning = () => world.proxy.log.find(({ msg }) => msg.startsWith('provider metadata kept'))
  await until('an operator is warned', () => warning() !== undefined)
  t.match(warning(), {
    level: 'warn',
    tenant: 'acme',
    reason: /"https:\/\/evil.example": if that is right, make it/,
  })
  t.equal(
    (await (await world.client()).get(world.url('acme'))).headers.location?.split('?')[0],
    page.headers.location?.split('?')[0],
  )
})
