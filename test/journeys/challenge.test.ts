import { test } from 'tap'
import { rawRequest } from '../fixtures/raw-request.js'
import { startWorld } from '../fixtures/world.js'

const WITHOUT_METADATA = { 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined }

test('who has no session', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()

  const navigations = {
    'fetch metadata of a navigation': {},
    'no fetch metadata and Accept naming text/html': { ...WITHOUT_METADATA, accept: 'text/html,*/*;q=0.8' },
  }
  for (const [name, headers] of Object.entries(navigations)) {
    await t.test(`is sent to the provider: ${name}`, async (t) => {
      const response = await client.get(world.url('acme'), { headers })
      t.equal(response.status, 302)
      t.match(response.headers.location, world.orgs.acme.issuer)
      t.equal(response.headers['cache-control'], 'no-store')
    })
  }

  const others: { [name: string]: { method?: string; headers?: Record<string, string | undefined> } } = {
    'a POST': { method: 'POST' },
    'a HEAD': { method: 'HEAD' },
    'a PROPFIND': { method: 'PROPFIND' },
    'a script': { headers: { 'sec-fetch-mode': 'cors', accept: '*/*' } },
    'a hidden iframe': { headers: { 'sec-fetch-dest': 'iframe' } },
    'a prefetch': { headers: { 'sec-purpose': 'prefetch' } },
    'a client without metadata that wants JSON': {
      headers: { ...WITHOUT_METADATA, accept: 'application/json' },
    },
    'a client that says nothing': { headers: { ...WITHOUT_METADATA, accept: undefined } },
  }
  for (const [name, options] of Object.entries(others)) {
    await t.test(`gets 401 and no cookie: ${name}`, async (t) => {
      const response = await client.get(world.url('acme', '/api?x=1'), options)
      t.equal(response.status, 401)
      t.same(response.setCookies, [])
      t.notOk(response.headers.location)
    })
  }

  await t.test('is told in JSON where to sign in', async (t) => {
    const response = await client.xhr(world.url('acme', '/api'))
    t.match(response.json(), { error: 'login_required', login_url: world.url('acme', '/oauth2/login') })
    t.equal(response.headers['cache-control'], 'no-store')
  })

  await t.test('gets 401 for a WebSocket upgrade, and the socket is no tunnel afterwards', async (t) => {
    const answer = await rawRequest(
      world.port,
      `GET /ws HTTP/1.1\r\nHost: acme.localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n` +
        'GET /smuggled HTTP/1.1\r\nHost: acme.localhost\r\n\r\n',
    )
    t.match(answer, /^HTTP\/1\.1 401 /)
    t.match(answer, /\r\nconnection: close\r\n/i, 'the connection ends with it')
    t.match(answer, /"error":"login_required"/)
    t.notMatch(answer, /set-cookie/i)
  })

  t.equal(world.upstream.requests.length, 0, 'nothing of all that reached the upstream')
})

test('a hostname of no tenant is answered 421 on every path, without a cookie', async (t) => {
  const world = await startWorld(t)
  const hosts = [
    'unknown.localhost',
    'acme.localhost.evil.example',
    'acme',
    'localhost',
    '127.0.0.1',
    'evil@acme.localhost',
  ]
  const paths = [
    '/',
    '/oauth2/login',
    '/oauth2/callback?code=x&state=y',
    '/%zz',
    '/a/../b',
    '/livez',
    '/metrics',
  ]
  for (const host of hosts) {
    for (const path of paths) {
      const answer = await rawRequest(
        world.port,
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      )
      t.match(answer, /^HTTP\/1\.1 421 /, `${host} ${path}`)
      t.notMatch(answer, /set-cookie/i)
    }
  }
  t.equal(world.upstream.requests.length, 0)
})

test('a hostname is found in any spelling', async (t) => {
  const world = await startWorld(t)
  for (const host of ['ACME.localhost', 'acme.localhost.', 'acme.localhost:1', 'Acme.LocalHost.:8443']) {
    const answer = await rawRequest(
      world.port,
      `GET /api HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    )
    t.match(answer, /^HTTP\/1\.1 401 /, host)
  }
})

test('two Host headers, or none, are refused', async (t) => {
  const world = await startWorld(t)
  for (const hosts of [
    'Host: acme.localhost\r\nHost: globex.localhost\r\n',
    'Host: acme.localhost\r\nHOST: acme.localhost\r\n',
    '',
  ]) {
    const answer = await rawRequest(world.port, `GET /api HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
    t.match(answer, /^HTTP\/1\.1 400 /)
  }
})

test('X-Forwarded-Host is believed from trusted proxies only', async (t) => {
  const forwarded = { 'x-forwarded-host': 'globex.localhost' }
  const wary = await startWorld(t)
  const client = await wary.client()
  t.match(
    (await client.get(wary.url('acme'), { headers: forwarded })).headers.location,
    wary.orgs.acme.issuer,
  )

  const trusting = await startWorld(t, { settings: { server: { trusted_proxies: ['127.0.0.0/8'] } } })
  const response = await (await trusting.client()).get(trusting.url('acme'), { headers: forwarded })
  t.match(response.headers.location, trusting.orgs.globex.issuer)
})

test("everything below the prefix is Doorward's and is never forwarded", async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const before = world.upstream.requests.length
  for (const path of [
    '/oauth2',
    '/oauth2/',
    '/oauth2/nothing',
    '/oauth2/callback/x',
    '/oauth2/login/',
    '/%6fauth2/nothing',
  ]) {
    for (const method of ['GET', 'POST', 'PROPFIND', 'DELETE']) {
      const response = await client.get(world.url('acme', path), { method })
      t.equal(response.status, 404, `${method} ${path}`)
    }
  }
  t.equal(world.upstream.requests.length, before)
  t.equal((await client.get(world.url('acme', '/oauth2x'))).status, 200, 'a longer name is not below it')
})
