import { createServer } from 'node:http'
import { test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import { listen } from '../fixtures/listen.js'
import { signInOnPage } from '../fixtures/sign-in-page.js'
import { startWorld } from '../fixtures/world.js'

test("signing out ends Doorward's session and the provider's, and the app asks again", async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  const { acme } = world.orgs
  acme.signInAs(undefined)
  const context = await browser.newContext()
  const page = await context.newPage()
  await signInOnPage(page, world.url('acme', '/deep'))
  const [cookie] = await context.cookies(world.url('acme'))

  await page.goto(world.url('acme', '/oauth2/logout'))
  t.equal(await page.title(), 'Sign in to acme', 'the org has forgotten who it was')
  await acme.calledTimes('revoke', 1)
  t.equal(acme.calls.logout, 1)
  t.match(world.proxy.events('logout'), [{ tenant: 'acme' }])
  const names = (await context.cookies(world.url('acme'))).map(({ name }) => name)
  t.match(names, [/^doorward-tx-/], 'nothing but the login that begins')

  await page.getByRole('button', { name: 'Alice Adams' }).click()
  await page.waitForURL(world.url('acme', '/'))
  await context.clearCookies({ domain: 'localhost' })
  await context.addCookies([{ name: 'doorward', value: String(cookie?.value), url: world.url('acme') }])
  await page.goto(world.url('acme'))
  t.equal(await page.title(), 'Sign in to acme', 'the old cookie opens nothing any more')
})

test('a link on a foreign site signs nobody out before they agree', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  world.orgs.acme.signInAs(undefined)
  const target = world.url('acme', '/oauth2/logout')
  const html = `<!doctype html><title>Foreign</title><a href="${target}">Win</a><img src="${target}" alt="">`
  const foreign = createServer((_request, response) => response.end(html))
  t.teardown(() => foreign.close().closeAllConnections())
  const address = `http://foreign.localhost:${await listen(foreign)}/`
  const page = await browser.newPage()
  await signInOnPage(page, world.url('acme'))

  await Promise.all([page.waitForRequest(target), page.goto(address)])
  t.equal((await page.goto(world.url('acme')))?.status(), 200, 'an image has signed nobody out')
  t.equal(page.url(), world.url('acme'))

  await page.goto(address)
  const [navigation] = await Promise.all([page.waitForResponse(target), page.getByText('Win').click()])
  t.match(await navigation.request().allHeaders(), {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
  })
  t.equal(navigation.status(), 200)
  await page.getByRole('heading', { name: 'Sign out?' }).waitFor()
  t.equal(world.proxy.events('logout').length, 0)
  await page.getByRole('link', { name: 'Sign out' }).click()
  await page.waitForURL(`${world.orgs.acme.issuer}/**`)
  t.equal(await page.title(), 'Sign in to acme')
  t.equal(world.proxy.events('logout').length, 1)
})
