import { createServer } from 'node:http'
import { test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import { listen } from '../fixtures/listen.js'
import { signInOnPage } from '../fixtures/sign-in-page.js'
import { ALICE, startWorld } from '../fixtures/world.js'

test("a frame on the provider's page ends the session, though the browser sends it no cookie", async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t, { settings: { headers: { 'X-Sid': 'sid' } } })
  const { acme } = world.orgs
  acme.signInAs(undefined)
  const context = await browser.newContext()
  const page = await context.newPage()
  await signInOnPage(page, world.url('acme', '/who'))
  const sid = world.upstream.requests.find(({ url }) => url === '/who')?.headers['x-sid'] ?? ''
  const query = new URLSearchParams({ iss: acme.issuer, sid })
  const address = `${world.url('acme', '/oauth2/logout/frontchannel')}?${query}`
  const html = `<!doctype html><title>Provider</title><iframe src="${address.replace('&', '&amp;')}"></iframe>`
  const provider = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(html),
  )
  t.teardown(() => provider.close().closeAllConnections())
  const other = await context.newPage()
  const framed = other.waitForResponse(address)
  await other.goto(`http://provider.localhost:${await listen(provider)}/`)
  const response = await framed
  t.equal(response.status(), 200)
  const sent = await response.request().allHeaders()
  t.match(sent, { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' })
  t.notOk(sent.cookie)
  const frame = other.frames().find((candidate) => candidate.url() === address)
  t.equal(await frame?.title(), 'Signed out', 'the frame was not blocked')

  t.match(world.proxy.events('session.ended'), [{ tenant: 'acme', reason: 'front-channel logout' }])
  await page.goto(world.url('acme'))
  await page.waitForURL(world.url('acme'))
  t.equal(
    world.proxy.events('login.succeeded').length,
    2,
    "the provider's own session is the provider's affair",
  )
})

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'by itself' : 'by its button where no script runs'
  test(`a long ID token is posted to the provider ${how}, and the browser comes back`, async (t) => {
    const browser = await startBrowser(t)
    if (!browser) return
    const users = [{ ...ALICE, biography: 'x'.repeat(2000) }]
    const world = await startWorld(t, {
      okta: { fatIdTokens: true, users },
      tenant: { logout: { redirect: '/oauth2/logout/callback' } },
    })
    const { acme } = world.orgs
    acme.signInAs(undefined)
    const page = await browser.newPage({ javaScriptEnabled })
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    await signInOnPage(page, world.url('acme'))
    const posted = page.waitForRequest(`${acme.issuer}/oauth2/v1/logout`)
    await page.goto(world.url('acme', '/oauth2/logout'))
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click()
    const request = await posted
    t.equal(request.method(), 'POST')
    t.match(await request.allHeaders(), { origin: world.url('acme').slice(0, -1) })
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    t.equal(page.url(), world.url('acme', '/oauth2/logout/callback'))
    t.match(acme.requests('logout'), [{ method: 'POST', body: { id_token_hint: /\w/ } }])
    t.notMatch(said.join(), 'Content Security Policy')
  })
}
