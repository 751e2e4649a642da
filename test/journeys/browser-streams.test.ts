import { test } from 'tap'
import { startBrowser } from '../fixtures/browser.js'
import { signInOnPage } from '../fixtures/sign-in-page.js'
import { ALICE, startWorld } from '../fixtures/world.js'

// In the page: there are no DOM types here, so these are texts.
const OPEN_SOCKET = `new Promise((resolve, reject) => {
  socket = new WebSocket('ws://' + location.host + '/ws?from=page')
  end = new Promise((ended) => { socket.onclose = () => ended('closed') })
  socket.onmessage = ({ data }) => resolve(JSON.parse(data))
  socket.onerror = () => reject(new Error('refused'))
})`
const ECHO = `new Promise((resolve) => {
  socket.onmessage = ({ data }) => resolve(data)
  socket.send('hällo')
})`
const THREE_EVENTS = `new Promise((resolve, reject) => {
  const seen = []
  const source = new EventSource('/sse')
  source.onmessage = ({ data }) => {
    if (seen.push(data) < 3) return
    source.close()
    resolve(seen)
  }
  source.onerror = () => reject(new Error('refused'))
})`

test('a WebSocket and a stream of events go through a signed-in session', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  world.orgs.acme.signInAs(undefined)
  const page = await browser.newPage()
  await signInOnPage(page, world.url('acme'))
  const headers = (await page.evaluate(OPEN_SOCKET)) as Record<string, string>
  t.match(headers, { 'x-forwarded-user': ALICE.sub, origin: world.url('acme', '') })
  t.notOk(headers.cookie, "Doorward's cookie stays with Doorward")
  t.equal(await page.evaluate(ECHO), 'hällo')
  t.same(await page.evaluate(THREE_EVENTS), ['1', '2', '3'])
  while (world.upstream.openStreams > 0) await new Promise(setImmediate)
  t.pass('a stream that the page closes is closed at the app')
})

test('a WebSocket closes when its person signs out in another tab', async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const world = await startWorld(t)
  world.orgs.acme.signInAs(undefined)
  const context = await browser.newContext()
  const [page, other] = [await context.newPage(), await context.newPage()]
  await signInOnPage(page, world.url('acme'))
  await page.evaluate(OPEN_SOCKET)
  await other.goto(world.url('acme'))
  t.equal(world.upstream.sockets.size, 1)
  await other.goto(world.url('acme', '/oauth2/logout'))
  t.equal(await page.evaluate('end'), 'closed')
  while (world.upstream.sockets.size > 0) await new Promise(setImmediate)
  await t.rejects(page.evaluate(OPEN_SOCKET), /refused/, 'and no new one is opened')
})
