import type { Page } from 'playwright-core'
import { test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import { startWorld } from '../fixtures/world.js'

/** Collects what the browser complains about, apart from the status of the page itself. */
async function complaintsOf(page: Page): Promise<string[]> {
  const complaints: string[] = []
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => console.error('CSP ' + event.violatedDirective))`,
  )
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    const isStatus = message.text().startsWith('Failed to load resource: the server responded with a status')
    if (['error', 'warning'].includes(message.type()) && !isStatus) complaints.push(message.text())
  })
  return complaints
}

const COLOURS = `[document.body, document.querySelector('h1')].map((element) => {
  const { backgroundColor, color } = getComputedStyle(element)
  return backgroundColor + ' ' + color
}).join()`

test("Doorward's own pages are whole, quiet, and readable in light and dark", async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  const page = await browser.newPage()
  const complaints = await complaintsOf(page)
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url()))

  const look = async (url: string, [status, title]: readonly [number, string], link?: string) => {
    const response = await page.goto(url)
    t.equal(response?.status(), status, title)
    t.equal(await page.title(), title)
    t.equal(await page.getByRole('heading', { level: 1 }).textContent(), title)
    t.match(response?.headers(), {
      'cache-control': 'no-store',
      'content-security-policy': /default-src 'none'/,
    })
    const target = link === undefined ? undefined : await page.getByRole('link').getAttribute('href')
    t.equal(target, link, 'what one can do next')
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await page.evaluate(COLOURS)
    await page.emulateMedia({ colorScheme: 'dark' })
    t.not(await page.evaluate(COLOURS), light, 'dark is another page than light')
    await page.setViewportSize({ width: 320, height: 480 })
    t.equal(
      await page.evaluate('document.documentElement.scrollWidth'),
      320,
      'no sideways scrolling on a phone',
    )
    await page.setViewportSize({ width: 1280, height: 720 })
  }

  world.orgs.acme.denyNext('access_denied')
  await look(world.url('acme', '/deep'), [403, 'No access'], '/oauth2/login')
  await look(world.url('acme', '/oauth2/callback'), [400, 'Sign-in not completed'], '/oauth2/login')
  await look(world.url('acme', '/oauth2/logout/callback'), [200, 'You are signed out'], '/')
  await look(world.url('acme', '/oauth2/nothing'), [404, 'Not found'])
  await look(`http://nobody.localhost:${world.port}/`, [421, 'Unknown site'])
  await world.orgs.globex.stop()
  await look(world.url('globex', '/'), [503, 'Sign-in not available'], '/oauth2/login')
  t.equal((await page.goto(world.url('acme', '/')))?.status(), 200)
  await world.upstream.close()
  await look(world.url('acme', '/'), [502, 'Application not reachable'])

  t.same(complaints, [], 'nothing on the console')
  const foreign = requests.filter((url) => !/^http:\/\/(?:[a-z]+\.)?localhost:\d+\//.test(url))
  t.same(foreign, [], 'nothing from anywhere else')
})

test('the button of an error page starts the sign-in again', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  const page = await browser.newPage()
  world.orgs.acme.denyNext('access_denied')
  await page.goto(world.url('acme', '/deep'))
  await page.getByRole('link', { name: 'Try again' }).click()
  await page.waitForURL(world.url('acme', '/'))
  t.equal(await page.title(), 'Upstream')
})
