import { test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import { signInOnPage } from '../fixtures/sign-in-page.js'
import { startWorld, type World } from '../fixtures/world.js'

const askForNames = ({ orgs }: World) => {
  orgs.acme.signInAs(undefined)
  orgs.globex.signInAs(undefined)
}

test('another tenant asks for its own sign-in and has its own person', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  askForNames(world)
  const page = await browser.newPage()
  await signInOnPage(page, world.url('acme'))
  await page.goto(world.url('globex', '/'))
  t.equal(await page.title(), 'Sign in to globex')
  await signInOnPage(page, world.url('globex'), 'Bob Brown')
  const people = async () => await page.locator('table').textContent()
  t.match(await people(), 'bob@globex.example')
  t.match(await people(), 'x-forwarded-tenantglobex')
  await page.goto(world.url('acme'))
  t.match(await people(), 'alice@acme.example', 'both sessions live side by side')

  await page.goto(world.url('globex', '/oauth2/logout'))
  t.equal(await page.title(), 'Sign in to globex')
  t.equal(
    (await page.goto(world.url('acme')))?.url(),
    world.url('acme'),
    'signing out at one leaves the other',
  )
})

test('the cookie of one tenant opens nothing at the hostname of another', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  askForNames(world)
  const context = await browser.newContext()
  const page = await context.newPage()
  await signInOnPage(page, world.url('acme'))
  const [cookie] = await context.cookies(world.url('acme'))
  const value = String(cookie?.value)
  for (const [tenant, title] of [
    ['globex', 'Sign in to globex'],
    ['west', 'Sign in to acme'],
  ] as const) {
    // Without the org's own session, which would sign Alice in at its second instance without a question.
    await context.clearCookies({ domain: 'localhost' })
    await context.addCookies([{ name: 'doorward', value, url: world.url(tenant), httpOnly: true }])
    await page.goto(world.url(tenant))
    t.equal(await page.title(), title)
    const names = (await context.cookies(world.url(tenant))).map(({ name }) => name)
    t.notOk(names.includes('doorward'), 'it is taken away')
  }
  t.equal((await page.goto(world.url('acme')))?.url(), world.url('acme'), 'and still good at home')
})

test('a second instance in the same org is a session of its own, without a second question', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  askForNames(world)
  const context = await browser.newContext()
  const page = await context.newPage()
  await signInOnPage(page, world.url('acme'))
  await page.goto(world.url('west', '/deep?x=1'))
  t.equal(page.url(), world.url('west', '/deep?x=1'))
  t.match(await page.locator('table').textContent(), 'x-forwarded-tenantwest')
  const [acme, west] = [await context.cookies(world.url('acme')), await context.cookies(world.url('west'))]
  t.match([acme[0]?.name, west[0]?.name], ['doorward', 'doorward'])
  t.not(acme[0]?.value, west[0]?.value)
  await context.clearCookies({ domain: 'west.localhost' })
  t.equal((await page.goto(world.url('acme')))?.url(), world.url('acme'))
  t.equal(world.proxy.events('login.succeeded').length, 2)
})
