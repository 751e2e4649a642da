import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { type Test, test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import { listen } from '../fixtures/listen.js'
import { signInOnPage } from '../fixtures/sign-in-page.js'
import { ALICE, startWorld, type World } from '../fixtures/world.js'

/** An app with a form whose policy forbids it to lead elsewhere, as many do, and with what it was sent. */
async function startApp(t: Pick<Test, 'teardown'>, fields: string) {
  const received: { url: string | undefined; origin: string | undefined; user: unknown; body: string }[] = []
  const app = createServer(async (request, response) => {
    const { method, url, headers } = request
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('latin1')
    if (method === 'POST') {
      received.push({ url, origin: headers.origin, user: headers['x-forwarded-user'], body })
      response.writeHead(303, { location: '/thanks' }).end()
      return
    }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('content-security-policy', "form-action 'self'")
    const form = `<form method="post" action="/guestbook?page=2">${fields}<button id="go">Sign</button></form>`
    response.end(`<!doctype html><title>${url}</title>${url?.startsWith('/thanks') ? 'Thank you' : form}`)
  })
  t.teardown(() => app.close().closeAllConnections())
  return { received, url: `http://127.0.0.1:${await listen(app)}` }
}

const FIELDS = `
  <textarea name="text">one\ntwo &amp; "three"\n</textarea><input name="submit" value="Zoë 😀">
  <input type="hidden" name="_charset_"><input name="text" value="again"><input name="elements" value="+%">
  <input name="querySelectorAll"><input name="addEventListener" type="checkbox" checked>`
const SENT =
  'text=one%0D%0Atwo+%26+%22three%22%0D%0A&submit=Zo%C3%AB+%F0%9F%98%80&_charset_=UTF-8&text=again&elements=%2B%25&querySelectorAll=&addEventListener=on'

/** Signs in, opens the form of the app, and ends the session behind the page. */
async function startVisit(t: Test, { fields = FIELDS, options = {} } = {}) {
  const browser = await startBrowser(t)
  if (!browser) return undefined
  const app = await startApp(t, fields)
  const world = await startWorld(t, { settings: { upstream: app.url } })
  world.orgs.acme.signInAs(undefined)
  const page = await browser.newPage(options)
  await signInOnPage(page, world.url('acme', '/guestbook'))
  const thanks = world.url('acme', '/thanks')
  return { app, world, page, thanks, origin: new URL(thanks).origin }
}

/** Sends the form of the page while its session has ended, and picks a user on the org's page. */
async function submitAndSignIn(page: Page): Promise<void> {
  await page.click('#go')
  await page.getByRole('button', { name: 'Alice Adams' }).click()
}

/** Doorward forgets its sessions, and the org who is signed in. */
async function endSession(world: World, page: Page): Promise<void> {
  await world.restart()
  await page.context().clearCookies({ domain: 'localhost' })
}

test('a form outlives the session, byte for byte, and arrives once', async (t) => {
  const visit = await startVisit(t)
  if (!visit) return
  const { app, world, page, thanks, origin } = visit
  const complaints: string[] = []
  page.on('console', (message) => {
    // Nobody has an icon, and an app that closes idle connections may refuse to be asked for one.
    if (!message.location().url.endsWith('/favicon.ico')) complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  await page.click('#go')
  await page.waitForURL(thanks)
  t.match(app.received, [{ url: '/guestbook?page=2', body: SENT }], 'as it is sent with a session')

  await page.goto(world.url('acme', '/guestbook'))
  await endSession(world, page)
  await submitAndSignIn(page)
  await page.waitForURL(thanks)
  t.match(app.received[1], { ...app.received[0], origin, user: ALICE.sub }, 'the same again')
  t.same(complaints, [])

  await page.reload()
  await page.goBack()
  await page.goForward()
  t.equal(app.received.length, 2, 'reloading and going back and forth sends nothing')
})

test('without scripts a form waits for its button', async (t) => {
  const visit = await startVisit(t, { options: { javaScriptEnabled: false } })
  if (!visit) return
  const { app, world, page, thanks } = visit
  await endSession(world, page)
  await submitAndSignIn(page)
  t.same(app.received, [])
  await page.getByRole('button', { name: 'Send' }).click()
  await page.waitForURL(thanks)
  t.match(app.received, [{ body: SENT }])
})

test('forms that only scripts make, and those of old pages, arrive as they were', async (t) => {
  const visit = await startVisit(t, { fields: '<input name="_charset_" type="hidden">' })
  if (!visit) return
  const { app, world, page, thanks } = visit
  const scripts = {
    'without names': `document.addEventListener('formdata', ({ formData }) => {
      for (const [name, value] of [['', 'x'], ['a', 'b'], ['', 'y'], ['a', 'c']]) formData.append(name, value)
    })`,
    'of ten thousand fields': `document.addEventListener('formdata', ({ formData }) => {
      for (let index = 0; index < 10000; index++) formData.append('f', index % 10)
    })`,
    'in an old encoding': `document.forms[0].acceptCharset = 'iso-8859-1'
      document.forms[0].insertAdjacentHTML('beforeend', '<input name="name" value="J\u00fcrgen \u2013 5 \u20ac">')`,
    'in an encoding that nobody here knows': `document.forms[0].acceptCharset = 'shift_jis'
      document.forms[0].insertAdjacentHTML('beforeend', '<input name="\u540d" value="\u30c6\u30b9\u30c8">')`,
  }
  for (const [what, script] of Object.entries(scripts)) {
    app.received.length = 0
    for (const hasSession of [true, false]) {
      await page.goto(world.url('acme', '/guestbook'))
      await page.evaluate(script)
      if (hasSession) await page.click('#go')
      else {
        await endSession(world, page)
        await submitAndSignIn(page)
      }
      await page.waitForURL(thanks)
    }
    const [before, after] = app.received
    t.equal(after?.body, before?.body, what)
    t.ok((before?.body.length ?? 0) > 20)
  }
})

test('the form of another site is sent by a click only', async (t) => {
  const visit = await startVisit(t)
  if (!visit) return
  const { app, world, page, thanks } = visit
  const target = world.url('acme', '/guestbook?page=2')
  const html = `<form method="post" action="${target}"><input name="amount" value="1"><button id="go">Win</button></form>`
  const foreign = createServer((_request, response) =>
    response.end(`<!doctype html><title>Foreign</title>${html}`),
  )
  t.teardown(() => foreign.close().closeAllConnections())
  const address = `http://foreign.localhost:${await listen(foreign)}/`

  await page.goto(address)
  await endSession(world, page)
  await submitAndSignIn(page)
  await page.getByRole('heading', { name: 'Send this form?' }).waitFor()
  t.equal(
    await page.evaluate('document.activeElement.tagName'),
    'BODY',
    'a key that is held down sends nothing',
  )
  t.same(app.received, [])
  await page.getByRole('link', { name: 'Do not send' }).click()
  await page.waitForURL(world.url('acme', '/'))

  await page.goto(address)
  // Its POST brings no SameSite=Lax cookie: the session that there is cannot be seen.
  await page.click('#go')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.waitForURL(thanks)
  t.match(app.received, [{ body: 'amount=1', user: ALICE.sub }])
})
