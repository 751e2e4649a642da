import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'tap'
import { isForeignTriggered, isNavigation, isOwnForm, wantsPage } from '../../src/headers/navigation.js'

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const navigate = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: HTML }

type Row = [what: string, method: string, headers: IncomingHttpHeaders]

const navigations: Row[] = [
  ['a link in a current browser', 'GET', navigate],
  ['a link from another site', 'GET', { ...navigate, 'sec-fetch-site': 'cross-site' }],
  ['navigate without a destination', 'GET', { 'sec-fetch-mode': 'navigate' }],
  ['navigate that accepts anything', 'GET', { ...navigate, accept: '*/*' }],
  ['an older browser', 'GET', { accept: HTML }],
  ['an older browser that shouts', 'GET', { accept: 'TEXT/HTML' }],
  ['text/html somewhere in the list', 'GET', { accept: 'application/json, text/html;q=0.1' }],
  ['a reload', 'GET', { ...navigate, 'cache-control': 'max-age=0' }],
]

const others: Row[] = [
  ['a form', 'POST', navigate],
  ['HEAD', 'HEAD', navigate],
  ['OPTIONS', 'OPTIONS', navigate],
  ['PUT of an older browser', 'PUT', { accept: HTML }],
  ['no metadata and no Accept', 'GET', {}],
  ['anything accepted, as curl does', 'GET', { accept: '*/*' }],
  ['JSON', 'GET', { accept: 'application/json' }],
  ['fetch() that names HTML', 'GET', { 'sec-fetch-mode': 'cors', accept: HTML }],
  ['fetch() of the same origin', 'GET', { 'sec-fetch-mode': 'same-origin', accept: HTML }],
  ['an image', 'GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: HTML }],
  ['a WebSocket by metadata', 'GET', { 'sec-fetch-mode': 'websocket', accept: HTML }],
  ['a WebSocket upgrade', 'GET', { ...navigate, connection: 'Upgrade', upgrade: 'websocket' }],
  ['a WebSocket of an older browser', 'GET', { accept: HTML, upgrade: 'WebSocket' }],
  ['an iframe', 'GET', { ...navigate, 'sec-fetch-dest': 'iframe' }],
  ['a frame', 'GET', { ...navigate, 'sec-fetch-dest': 'frame' }],
  ['an embed', 'GET', { ...navigate, 'sec-fetch-dest': 'embed' }],
  ['an object', 'GET', { ...navigate, 'sec-fetch-dest': 'object' }],
  ['a prefetch', 'GET', { ...navigate, 'sec-purpose': 'prefetch' }],
  ['a prerender', 'GET', { ...navigate, 'sec-purpose': 'prefetch;prerender' }],
  ['a prefetch of an older browser', 'GET', { accept: HTML, purpose: 'prefetch' }],
  ['a mode that came twice', 'GET', { 'sec-fetch-mode': 'navigate, navigate', accept: HTML }],
  ['a mode that is no mode', 'GET', { 'sec-fetch-mode': '', accept: HTML }],
]

test('a navigation is a GET whose answer a person is about to see', async (t) => {
  for (const [what, method, headers] of navigations) t.ok(isNavigation(method, headers), what)
})

test('anything else is no navigation, so it starts no login', async (t) => {
  for (const [what, method, headers] of others) t.notOk(isNavigation(method, headers), what)
})

test('whoever reads the answer in a window gets a page, also after a form ; a frame shows none', async (t) => {
  const pages: Row[] = [
    ...navigations,
    ['a form', 'POST', navigate],
    ['a form of an older browser', 'POST', { accept: HTML }],
  ]
  for (const [what, method, headers] of pages) t.ok(wantsPage(method, headers), what)
  t.notOk(wantsPage('GET', { ...navigate, 'sec-fetch-dest': 'iframe' }))
  for (const mode of ['cors', 'no-cors', 'same-origin', 'websocket']) {
    t.notOk(wantsPage('GET', { 'sec-fetch-mode': mode, accept: HTML }), mode)
  }
  for (const accept of ['*/*', 'application/json']) t.notOk(wantsPage('GET', { accept }), accept)
  t.notOk(wantsPage('POST', {}))
})

const ORIGIN = 'https://acme.example.com'

test('a request is foreign when the browser says so, by fetch metadata or else by Origin', async (t) => {
  const sites = { 'cross-site': true, 'same-site': true, 'same-origin': false, none: false }
  for (const [site, foreign] of Object.entries(sites)) {
    t.equal(
      isForeignTriggered({ 'sec-fetch-site': site, origin: 'https://x.example' }, ORIGIN),
      foreign,
      site,
    )
  }
  const origins = {
    [ORIGIN]: false,
    'https://evil.example': true,
    null: true,
    'https://acme.example.com:8443': true,
  }
  for (const [origin, foreign] of Object.entries(origins)) {
    t.equal(isForeignTriggered({ origin }, ORIGIN), foreign, origin)
  }
  t.notOk(isForeignTriggered({}, ORIGIN), 'who says nothing is not accused')
})

test("a form is the site's own only where the browser vouches for it", async (t) => {
  const own = { 'sec-fetch-site': 'same-origin', origin: ORIGIN }
  const vouched: IncomingHttpHeaders[] = [
    own,
    { 'sec-fetch-site': 'same-origin' },
    // A page without a referrer.
    { ...own, origin: 'null' },
    // A browser without fetch metadata.
    { origin: ORIGIN },
  ]
  for (const headers of vouched) t.ok(isOwnForm(headers, ORIGIN), JSON.stringify(headers))
  const doubtful: IncomingHttpHeaders[] = [
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: `${ORIGIN}.evil.example` },
    { origin: 'http://acme.example.com' },
    { ...own, origin: 'https://evil.example' },
    { ...own, origin: '' },
    ...['cross-site', 'same-site', 'none', '', 'same-origin, same-origin'].map((site) => ({
      ...own,
      'sec-fetch-site': site,
    })),
  ]
  for (const headers of doubtful) t.notOk(isOwnForm(headers, ORIGIN), JSON.stringify(headers))
})
