import { test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import { signInOnPage } from '../fixtures/sign-in-page.js'
import { startWorld } from '../fixtures/world.js'

test('a person signs in by picking a name and lands on the deep link, query kept', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  world.orgs.acme.signInAs(undefined)
  const page = await browser.newPage()
  const deepLink = world.url('acme', '/reports/2026?quarter=3&next=%2F%2Fa')
  await page.goto(deepLink)
  t.equal(await page.title(), 'Sign in to acme')
  await page.getByRole('button', { name: 'Alice Adams' }).click()
  await page.waitForURL(deepLink)
  t.equal(await page.locator('h1').textContent(), '/reports/2026?quarter=3&next=%2F%2Fa')
  t.match(await page.locator('table').textContent(), 'x-forwarded-emailalice@acme.example')
  const [cookie, ...others] = await page.context().cookies(deepLink)
  t.match(cookie, { name: 'doorward', httpOnly: true, sameSite: 'Lax', path: '/', expires: -1 })
  t.same(others, [], 'the transaction is gone')
})

test('going back after the sign-in leads to the app again', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  world.orgs.acme.signInAs(undefined)
  const page = await browser.newPage()
  const callbacks: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/oauth2/callback')) callbacks.push(request.url())
  })
  await page.goto('about:blank')
  await signInOnPage(page, world.url('acme', '/deep'))
  t.equal(callbacks.length, 1)

  const again = await page.goto(String(callbacks[0]))
  t.equal(page.url(), world.url('acme'), 'a used callback goes to the app')
  t.equal(again?.status(), 200)
  await page.goBack()
  t.equal(page.url(), world.url('acme', '/deep'))
  await page.goBack()
  t.equal(await page.title(), 'This sign-in has expired', "the org's own page is what lies before the app")
  await page.goForward()
  t.equal(page.url(), world.url('acme', '/deep'))
  t.equal(await page.title(), 'Upstream')
  t.equal(world.orgs.acme.calls.token, 1, 'no code was redeemed twice')
})

test('two tabs that sign in at once both end at their own deep links', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  world.orgs.acme.signInAs(undefined)
  const context = await browser.newContext()
  const links = [world.url('acme', '/one?tab=1'), world.url('acme', '/two?tab=2')]
  const tabs = await Promise.all(
    links.map(async (link) => {
      const page = await context.newPage()
      await page.goto(link)
      return { page, link }
    }),
  )
  const { length: inFlight } = await context.cookies(world.url('acme'))
  t.equal(inFlight, 2, 'one transaction a tab')
  await Promise.all(
    tabs.map(async ({ page, link }) => {
      await page.getByRole('button', { name: 'Alice Adams' }).click()
      await page.waitForURL(link)
    }),
  )
  for (const { page, link } of tabs) {
    t.equal(await page.locator('h1').textContent(), link.slice(world.url('acme', '').length))
    t.equal((await page.reload())?.status(), 200)
    t.equal(page.url(), link)
  }
  t.same(
    (await context.cookies(world.url('acme'))).map(({ name }) => name),
    ['doorward'],
  )
})
