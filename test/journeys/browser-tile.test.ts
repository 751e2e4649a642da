import type { Page } from 'playwright-core'
import { test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import type { OktaUser } from '../fixtures/okta.js'
import { ALICE, startWorld, type TenantName, type World } from '../fixtures/world.js'

const CAROL: OktaUser = { ...ALICE, sub: '00ucarol00000001', login: 'carol', name: 'Carol Clark' }

/** Goes to the dashboard of a tenant's org and clicks the tile of its app; resolves with the request that came of it. */
async function clickTile(world: World, page: Page, tenant: TenantName) {
  const org = tenant === 'globex' ? world.orgs.globex : world.orgs.acme
  await page.goto(`${org.issuer}/app/UserHome`)
  const arrived = page.waitForRequest((request) => request.url().startsWith(world.url(tenant)))
  await page.getByRole('link', { name: tenant }).click()
  const request = await arrived
  return { request, headers: await request.allHeaders() }
}

const served = (world: World) => world.upstream.requests.filter(({ url }) => url === '/').at(-1)?.headers

test("the tile on the org's dashboard", async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t, {
    okta: { users: [ALICE, CAROL] },
    tenants: { west: { idp_initiated_login: 'id_token' } },
  })
  const { acme, globex } = world.orgs
  acme.addTile({
    ...{ label: 'acme', client_id: '0oa-acme-0', mode: 'SPEC' },
    address: world.url('acme', '/oauth2/initiate'),
  })
  acme.addTile({
    ...{ label: 'west', client_id: '0oa-acme-1', mode: 'OKTA' },
    address: world.url('west', '/oauth2/callback'),
  })
  globex.addTile({
    ...{ label: 'globex', client_id: '0oa-globex-0', mode: 'OKTA' },
    address: world.url('globex', '/oauth2/callback'),
  })
  const context = await browser.newContext()
  const page = await context.newPage()
  const sessionAt = async (tenant: TenantName) =>
    (await context.cookies(world.url(tenant))).map(({ name, value }) => `${name} ${value}`)

  await t.test('that redirects signs its person in, and ends at the app', async (t) => {
    const { request, headers } = await clickTile(world, page, 'acme')
    t.equal(
      request.url(),
      `${world.url('acme', '/oauth2/initiate')}?${new URLSearchParams({ iss: acme.issuer })}`,
    )
    t.match(headers, { 'sec-fetch-site': 'cross-site' })
    await page.waitForURL(world.url('acme'))
    t.equal(await page.title(), 'Upstream')
    t.match(served(world), { 'x-forwarded-tenant': 'acme', 'x-forwarded-user': ALICE.sub })
  })

  await t.test('that redirects asks the org anew, whoever is signed in', async (t) => {
    const before = await sessionAt('acme')
    acme.signInAs(CAROL.login)
    const { headers } = await clickTile(world, page, 'acme')
    t.match(headers.cookie, /^doorward=/, 'the browser brings the session of the person before')
    await page.waitForURL(world.url('acme'))
    t.match(served(world), { 'x-forwarded-user': CAROL.sub })
    t.equal(acme.calls.authorize, 2)
    const after = await sessionAt('acme')
    t.equal(after.length, 1)
    t.notSame(after, before)
  })

  await t.test('that sends an ID token starts a code login for its person', async (t) => {
    acme.signInAs(ALICE.login)
    const { authorize, token } = acme.calls
    const { request, headers } = await clickTile(world, page, 'west')
    t.equal(request.method(), 'POST')
    t.match(headers, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })
    t.same([...new URLSearchParams(request.postData() ?? '').keys()], ['id_token'])
    await page.waitForURL(world.url('west'))
    t.equal(await page.title(), 'Upstream')
    t.match(served(world), { 'x-forwarded-tenant': 'west', 'x-forwarded-user': ALICE.sub })
    t.equal(acme.calls.authorize, authorize + 1)
    t.match(acme.requests('authorize').at(-1)?.query, {
      client_id: '0oa-acme-1',
      response_type: 'code',
      login_hint: ALICE.login,
      code_challenge_method: 'S256',
      nonce: String,
    })
    t.equal(acme.calls.token, token + 1, 'the session is that of a code')
    t.equal((await sessionAt('west')).length, 1, 'no transaction is left')
  })

  await t.test('that sends an ID token to who is signed in already signs in anew', async (t) => {
    const before = await sessionAt('west')
    const { headers } = await clickTile(world, page, 'west')
    t.notOk(headers.cookie, 'the form of another site brings no session')
    await page.waitForURL(world.url('west'))
    t.equal(await page.title(), 'Upstream')
    const after = await sessionAt('west')
    t.equal(after.length, 1)
    t.notSame(after, before)
  })

  await t.test('that sends an ID token where none is taken shows what an admin has to change', async (t) => {
    const { request } = await clickTile(world, page, 'globex')
    t.equal((await request.response())?.status(), 400)
    await page.getByRole('heading', { level: 1 }).waitFor()
    t.match(await page.getByRole('main').textContent(), /Redirect to app to initiate login/)
    t.equal(globex.calls.authorize, 0)
    t.same(await sessionAt('globex'), [])
    t.match(world.proxy.events('login.failed'), [
      { tenant: 'globex', reason: /idp_initiated_login: id_token/ },
    ])
    await page.getByRole('link').click()
    await page.waitForURL(world.url('globex'))
    t.equal(await page.title(), 'Upstream', 'its link signs in')
  })
})
