import type { BrowserContext, Page } from 'playwright-core'
import { test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import { startDemo } from './start-demo.js'

async function signIn(page: Page, url: string, person: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('button', { name: `Sign in as ${person}` }).click()
  await page.waitForURL(url)
}

const heading = (page: Page) => page.locator('h1').textContent()

const cellOf = (page: Page, header: string) =>
  page.locator('tr', { hasText: header }).locator('td').textContent()

const liveState = (page: Page, state: string) => page.locator('#live-state', { hasText: state }).waitFor()

test('in the browser, the demo does what its guide says', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const demo = startDemo(t)
  await demo.line(/Doorward's log follows/)
  const originOf = (host: string) => String(demo.output.match(`http://${host}\\.localhost:\\d+`))
  const acme = originOf('acme')
  const staging = originOf('acme-staging')
  const globex = originOf('globex')
  // Each test is another person at another computer.
  let context: BrowserContext
  let page: Page
  t.beforeEach(async () => {
    context = await browser.newContext()
    page = await context.newPage()
  })

  await t.test('a person picks who they are, and the app knows their name and groups', async (t) => {
    await page.goto(acme)
    t.equal(await heading(page), 'Sign in to Acme')
    await signIn(page, `${acme}/`, 'Alice Adams')
    t.equal(await heading(page), 'Hello, Alice Adams')
    t.equal(await cellOf(page, 'X-Forwarded-Groups'), 'admins · staff')
    t.equal(await cellOf(page, 'X-Forwarded-Tenant'), 'acme')
    for (const id of ['events', 'live']) {
      const moves = page.waitForFunction(`document.getElementById('${id}').value > 0`)
      await t.resolves(moves, `the counter over ${id} moves`)
    }
  })

  await t.test('the form is sent as the person who is signed in', async (t) => {
    await signIn(page, `${acme}/guestbook`, 'Bob Brown')
    await page.getByLabel('Write as Bob Brown').fill('Grüße & <b>more</b>')
    await page.getByRole('button', { name: 'Sign the guestbook' }).click()
    t.match(await page.locator('li').first().innerText(), /^Grüße & <b>more<\/b>\s+Bob Brown$/)
  })

  await t.test(
    'instances of one org share the sign-in but no session; another org shares nothing',
    async (t) => {
      await signIn(page, `${acme}/`, 'Bob Brown')
      await page.goto(`${staging}/guestbook`)
      t.equal(page.url(), `${staging}/guestbook`, 'signed in without being asked')
      await signIn(page, `${globex}/`, 'Dan Dvořák')
      t.equal(await heading(page), 'Hello, Dan Dvořák')

      await page.goto(acme)
      await page.getByRole('link', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'Sign in to Acme' }).waitFor()
      await page.goto(staging)
      t.equal(await heading(page), 'Hello, Bob Brown')
      await page.goto(globex)
      t.equal(await heading(page), 'Hello, Dan Dvořák')
    },
  )

  await t.test('signed out, a deep link leads back to itself', async (t) => {
    await signIn(page, `${acme}/reports/2026?quarter=3`, 'Alice Adams')
    t.equal(await heading(page), 'Report 2026, quarter 3')
  })

  await t.test('the reference at the foot of a page is found in the log that is shown', async (t) => {
    await page.goto(`${acme}/oauth2/callback?code=a&state=b`)
    const [, reference] = /Reference\s+(\w+)/.exec(await page.locator('body').innerText()) ?? []
    t.match(await demo.line(new RegExp(`request_id=${reference}`)), 'invalid_callback')
  })

  await t.test('signing out in one tab closes the WebSocket of the other', async (t) => {
    await signIn(page, `${acme}/`, 'Alice Adams')
    await liveState(page, 'connected')
    const other = await context.newPage()
    await other.goto(acme)
    await other.getByRole('link', { name: 'Sign out' }).click()
    await t.resolves(liveState(page, 'closed'))
  })

  await t.test('Ctrl-C does not wait for the streams of an open page', async (t) => {
    await signIn(page, `${globex}/`, 'Carol Castro')
    await liveState(page, 'connected')
    t.equal(await demo.end('SIGINT'), 0)
    await t.resolves(liveState(page, 'closed'))
    t.notMatch(demo.output, /still running at the end of/)
  })
})
