import { test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import type { Client, ClientResponse } from '../fixtures/client.js'
import { signInOnPage } from '../fixtures/sign-in-page.js'
import { startWorld, type TenantName, type World } from '../fixtures/world.js'

const FORM_POST = { tenant: { response_mode: 'form_post' } }
// What a browser sends with the form of another site: no cookie that is SameSite=Lax.
const FOREIGN = { cookie: '', origin: 'http://localhost', 'sec-fetch-site': 'cross-site' }

/** Starts a login and lets the org answer it: the form that the browser would post. */
async function comeBack(world: World, client: Client): Promise<URLSearchParams> {
  const start = await client.get(world.url('acme', '/reports?x=1'))
  const page = await client.get(String(start.headers.location))
  const fields = page.text().matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return new URLSearchParams([...fields].map(([, name = '', value = '']): [string, string] => [name, value]))
}

const post = (
  world: World,
  client: Client,
  body: URLSearchParams,
  { tenant = 'acme', headers = FOREIGN }: { tenant?: TenantName; headers?: object } = {},
): Promise<ClientResponse> =>
  client.get(world.url(tenant, '/oauth2/callback'), { method: 'POST', body, headers: { ...headers } })

const hasSession = (client: Client): boolean => client.cookies('acme.localhost').doorward !== undefined

test('a login whose answer comes as a form of another site', async (t) => {
  const world = await startWorld(t, FORM_POST)
  const client = await world.client()
  const form = await comeBack(world, client)
  t.match(world.orgs.acme.requests('authorize'), [{ query: { response_mode: 'form_post' } }])
  const transaction = client.cookies('acme.localhost')

  const posted = await post(world, client, form)
  t.equal(posted.status, 303)
  t.equal(posted.headers['cache-control'], 'no-store')
  t.same(posted.setCookies, [])
  const location = String(posted.headers.location)
  t.match(location, /^http:\/\/acme\.localhost:\d+\/oauth2\/callback\?response=[\w-]+$/)
  for (const value of form.values()) t.notOk(location.includes(value), 'neither code nor state are in it')

  await t.test('is worth nothing in another browser', async (t) => {
    const other = await world.client()
    const response = await other.get(location)
    t.equal(response.status, 400)
    t.notOk(hasSession(other))
    t.equal(world.orgs.acme.calls.token, 0)
  })

  await t.test('is worth nothing at another tenant', async (t) => {
    const other = await world.client()
    for (const [name, value] of Object.entries(transaction)) other.setCookie('west.localhost', name, value)
    t.equal((await other.get(location.replace('acme.', 'west.'))).status, 400)
    t.equal(world.orgs.acme.calls.token, 0)
  })

  await t.test('ends at the deep link', async (t) => {
    const arrived = await client.get(location)
    t.equal(arrived.status, 302)
    t.equal(arrived.headers.location, '/reports?x=1')
    t.match(Object.keys(client.cookies('acme.localhost')), ['doorward'], 'the transaction is gone')
    t.equal((await client.get(world.url('acme', '/reports'))).status, 200)
  })

  await t.test('works once', async (t) => {
    t.equal((await client.get(location)).headers.location, '/', 'who is signed in goes to the app')
    const thief = await world.client()
    for (const [name, value] of Object.entries(transaction)) thief.setCookie('acme.localhost', name, value)
    t.equal((await thief.get(location)).status, 400)
    t.notOk(hasSession(thief))
    t.equal(world.orgs.acme.calls.token, 1)
  })

  t.notMatch(JSON.stringify(world.proxy.log), form.get('code') ?? '', 'the code is in no log')
})

test('a form that comes with its cookies needs no second way', async (t) => {
  const world = await startWorld(t, FORM_POST)
  const client = await world.client()
  const form = await comeBack(world, client)
  t.equal((await post(world, client, form, { headers: {} })).headers.location, '/reports?x=1')
  t.ok(hasSession(client))
})

test('a form that is no answer is refused at once', async (t) => {
  const world = await startWorld(t, FORM_POST)
  const client = await world.client()
  const form = await comeBack(world, client)
  const state = form.get('state') ?? ''
  const spoiled = {
    'with two codes': `${form}&code=two`,
    'with the state twice': `${form}&state=${state}`,
    'without a state': 'code=c',
    'without a code': `state=${state}`,
    'with an ID token besides': `${form}&id_token=e30.e30.e30`,
    'with a sealed response besides': `${form}&response=e30`,
    'too long': `${form}&x=${'x'.repeat(8192)}`,
  }
  for (const [what, text] of Object.entries(spoiled)) {
    t.equal((await post(world, client, new URLSearchParams(text))).status, 400, what)
  }
  t.equal(world.orgs.acme.calls.token, 0)
})

test('a sealed response that was not sealed here, or is old, is refused', async (t) => {
  let now = Date.now()
  const world = await startWorld(t, { ...FORM_POST, now: () => now })
  const client = await world.client()
  const posted = await post(world, client, await comeBack(world, client))
  const location = new URL(String(posted.headers.location))
  const sealed = location.searchParams.get('response') ?? ''
  for (const query of [
    'response=',
    'response=e30.e30.e30',
    `response=${sealed}x`,
    `response=${sealed}&code=c`,
  ]) {
    t.equal(
      (await client.get(world.url('acme', `/oauth2/callback?${query}`))).status,
      400,
      query.slice(0, 20),
    )
  }
  now += 60_000
  t.equal((await client.get(location)).status, 400)
  t.match(world.proxy.events('login.failed').at(-1), { reason: /older than a minute/ })
  t.equal(world.orgs.acme.calls.token, 0)
})

test("the provider's refusal comes as a form too", async (t) => {
  const world = await startWorld(t, FORM_POST)
  const client = await world.client()
  world.orgs.acme.denyNext('access_denied', 'User is not assigned to the client application.')
  const posted = await post(world, client, await comeBack(world, client))
  t.equal((await client.get(String(posted.headers.location))).status, 403)
  t.match(world.proxy.events('login.failed').at(-1), { reason: /not assigned.*tab "Assignments"/ })
})

test('a tenant with response_mode: query takes no detour', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  t.equal((await post(world, client, new URLSearchParams('code=c&state=s'))).status, 400)
})

test('a person signs in through a form in a browser, twice', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t, FORM_POST)
  world.orgs.acme.signInAs(undefined)
  const page = await browser.newPage()
  const addresses: string[] = []
  page.on('request', (request) => addresses.push(`${request.method()} ${request.url()}`))
  await signInOnPage(page, world.url('acme', '/deep?x=1'))
  t.ok(addresses.includes(`POST ${world.url('acme', '/oauth2/callback')}`))
  t.ok(
    addresses.some((address) => /^GET .*\/callback\?response=/.test(address)),
    'Lax cookies come with the GET',
  )
  t.notOk(addresses.some((address) => /callback\?.*code=/.test(address)))
  await page.context().clearCookies({ name: 'doorward' })
  await page.goto(world.url('acme', '/again'))
  await page.waitForURL(world.url('acme', '/again'))
  t.equal(await page.title(), 'Upstream')
})
