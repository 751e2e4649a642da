import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import type { Client, ClientResponse } from '../fixtures/client.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { startRedis } from '../fixtures/redis.js'
import { startUpstream } from '../fixtures/upstream.js'
import { signIn, startWorld, type World } from '../fixtures/world.js'

// Each test is named after a row of the table of answers.

const HOUR = 3_600_000
const REMOVED = /^doorward=; Max-Age=0/

const isPage = ({ headers, text }: ClientResponse): boolean =>
  headers['cache-control'] === 'no-store' &&
  String(headers['content-security-policy']).includes("default-src 'none'") &&
  text().includes('<h1')

/** Starts a sign-in and lets the org answer it: the callback's address, not yet opened. */
async function comeBack(world: World, client: Client): Promise<URL> {
  const start = await client.get(world.url('acme', '/deep'))
  const answer = await client.get(String(start.headers.location))
  return new URL(String(answer.headers.location))
}

test('what is answered in each situation', async (t) => {
  let now = Date.now()
  const settings = {
    session: { idle_timeout: '12h', stale_limit: '15m' },
    server: { limits: { body_size: '1KiB' } },
  }
  const world = await startWorld(t, { settings, now: () => now })
  const { acme } = world.orgs
  const stranger = await world.client()

  await t.test('hostname of no tenant', async (t) => {
    for (const path of ['/', '/oauth2/login', '/livez']) {
      const answer = await rawRequest(world.port, `GET ${path} HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n`)
      t.match(answer, /^HTTP\/1\.1 421 /, path)
      t.notMatch(answer, /set-cookie/i)
    }
    t.equal(world.upstream.requests.length, 0)
    await rawRequest(world.port, 'GET / HTTP/1.1\r\nHost: a"b:1\r\n\r\n')
    await rawRequest(world.port, `GET / HTTP/1.1\r\nHost: ${'a'.repeat(254)}\r\n\r\n`)
    const told = world.proxy.log.flatMap(({ error, reason }) =>
      error === 'misdirected_request' ? [reason] : [],
    )
    const none = 'no tenant has the hostname of this request (it is none)'
    const one = 'no tenant has the hostname nobody.localhost'
    t.same(
      told,
      [one, one, one, none, none],
      'the name to look for, and nothing else that a client may write',
    )
  })

  await t.test('no session, navigation', async (t) => {
    const response = await stranger.get(world.url('acme', '/deep'))
    t.equal(response.status, 302)
    t.match(response.headers.location, acme.issuer)
    t.match(response.setCookies, [/^doorward-tx-/])
    t.equal(response.setCookies.length, 1)
  })

  await t.test('no session, otherwise', async (t) => {
    const upgrade = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13' }
    const key = { 'sec-websocket-key': randomBytes(16).toString('base64') }
    for (const headers of [{}, { ...upgrade, ...key }]) {
      const response = await stranger.xhr(world.url('acme', '/api'), { headers })
      t.equal(response.status, 401)
      t.match(response.json(), { error: 'login_required', login_url: world.url('acme', '/oauth2/login') })
      t.same(response.setCookies, [])
    }
  })

  await t.test("cookie unknown, tampered, expired, or another tenant's", async (t) => {
    const { doorward: own = '' } = (await world.client('acme')).cookies('acme.localhost')
    const { doorward: foreign = '' } = (await world.client('globex')).cookies('globex.localhost')
    const unknown = `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`
    const tampered = (own.startsWith('A') ? 'B' : 'A') + own.slice(1)
    now += 12 * HOUR + 1
    for (const [what, cookie] of Object.entries({ unknown, tampered, expired: own, foreign })) {
      const client = await world.client()
      client.setCookie('acme.localhost', 'doorward', cookie)
      const script = await client.xhr(world.url('acme', '/api'))
      t.equal(script.status, 401, what)
      t.match(script.setCookies, [REMOVED], what)
      client.setCookie('acme.localhost', 'doorward', cookie)
      t.equal((await client.get(world.url('acme'))).status, 302, what)
    }
  })

  await t.test('provider does not answer at login', async (t) => {
    for (const behaviour of [{ drop: true }, { status: 500, body: 'oops' }]) {
      const client = await world.client()
      const url = await comeBack(world, client)
      acme.behave('token', { ...behaviour, times: 1 })
      const response = await client.get(url)
      t.equal(response.status, 503)
      t.match(response.headers['retry-after'], /^\d+$/)
      t.ok(isPage(response))
    }
    await world.client('globex')
  })

  await t.test(
    'token expired, refresh fails for a passing reason (network, timeout, 429, 5xx, `invalid_client`)',
    async (t) => {
      const client = await world.client('acme')
      const failures = [
        { drop: true },
        { status: 429, body: { errorCode: 'E0000047' } },
        { status: 503, body: 'oops' },
        { status: 401, body: { error: 'invalid_client' } },
      ]
      now += HOUR + 1
      for (const behaviour of failures) {
        acme.behave('token', behaviour)
        t.equal((await client.xhr(world.url('acme', '/echo'))).status, 200, JSON.stringify(behaviour))
        // Past the pause between two tries.
        now += 60_000
      }
      now += 15 * 60_000
      const late = await client.xhr(world.url('acme', '/echo'))
      t.equal(late.status, 503)
      t.same(late.setCookies, [], 'the session stays')
      acme.behave('token', undefined)
      now += 60_000
      t.equal((await client.xhr(world.url('acme', '/echo'))).status, 200)
    },
  )

  await t.test('refresh gets `invalid_grant`', async (t) => {
    const client = await world.client('acme')
    acme.revokeGrants('00ualice00000001')
    now += HOUR + 1
    const response = await client.xhr(world.url('acme'))
    t.equal(response.status, 401)
    t.match(response.setCookies, [REMOVED])
    t.equal((await client.get(world.url('acme'))).status, 302)
  })

  await t.test(
    'callback: no or foreign transaction, bad `state`, wrong `iss`, duplicate parameters',
    async (t) => {
      const spoilers: { [what: string]: (parameters: URLSearchParams) => void } = {
        'bad state': (parameters) => parameters.set('state', 'a'.repeat(43)),
        'wrong iss': (parameters) => parameters.set('iss', 'https://evil.example'),
        'duplicate parameters': (parameters) => parameters.append('code', 'another'),
      }
      const foreign = await comeBack(world, await world.client())
      const none = world.url('acme', '/oauth2/callback?code=a&state=b')
      const isRefused = (response: ClientResponse) =>
        response.status === 400 && isPage(response) && response.text().includes('href="/oauth2/login"')
      for (const url of [foreign, none]) t.ok(isRefused(await (await world.client()).get(url)))
      for (const [what, spoil] of Object.entries(spoilers)) {
        const client = await world.client()
        const url = await comeBack(world, client)
        spoil(url.searchParams)
        t.ok(isRefused(await client.get(url)), what)
      }
      const live = await world.client('acme')
      t.match(await live.get(foreign), { status: 302, headers: { location: '/' } }, 'with a live session')
    },
  )

  const refusals: { [row: string]: { [error: string]: [status: number, text: RegExp] } } = {
    'callback: `access_denied`': { access_denied: [403, /has not given you access/] },
    'callback: `server_error`, `temporarily_unavailable`': {
      server_error: [503, /does not answer/],
      temporarily_unavailable: [503, /does not answer/],
      invalid_scope: [500, /misconfigured/],
    },
  }
  for (const [row, errors] of Object.entries(refusals)) {
    await t.test(row, async (t) => {
      for (const [error, [status, text]] of Object.entries(errors)) {
        const client = await world.client()
        acme.denyNext(error, 'only for the log')
        const response = await client.get(await comeBack(world, client))
        t.equal(response.status, status, error)
        t.ok(isPage(response))
        t.match(response.text(), text)
        t.notMatch(response.text(), 'only for the log')
      }
    })
  }

  await t.test('more than 10 logins started by one browser within a minute', async (t) => {
    const client = await world.client()
    for (let start = 0; start < 10; start += 1) {
      t.equal((await client.get(world.url('acme', `/${start}`))).status, 302)
      now += 100
    }
    const response = await client.get(world.url('acme', '/10'))
    t.equal(response.status, 429)
    t.ok(isPage(response))
  })

  await t.test('malformed request, headers or body beyond limits', async (t) => {
    const ask = (rest: string) =>
      rawRequest(world.port, `POST /x HTTP/1.1\r\nHost: acme.localhost\r\n${rest}`)
    t.match(await ask('X : y\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*malformed_request/)
    t.match(await ask(`X: ${'y'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431 [\s\S]*headers_too_large/)
    t.match(await ask('Content-Length: 1025\r\n\r\n'), /^HTTP\/1\.1 413 [\s\S]*body_too_large/)
  })

  await t.test('upstream refuses / is too slow / sends garbage', async (t) => {
    const client = await world.client()
    await signIn(client, world.url('acme'))
    t.equal((await client.get(world.url('acme', '/garbage'))).status, 502)
    await world.upstream.close()
    const page = await client.get(world.url('acme', '/'))
    t.equal(page.status, 502)
    t.ok(isPage(page))
  })
})

test('upstream is too slow', async (t) => {
  const app = await startUpstream()
  t.teardown(() => app.close())
  const world = await startWorld(t, {
    settings: {
      upstream: { url: app.url, response_timeout: '1s' },
      rules: [{ path: '/slow', access: 'public' }],
    },
  })
  const client = await world.client()
  const page = await client.get(world.url('acme', '/slow'))
  t.equal(page.status, 504)
  t.ok(isPage(page))
  const json = await client.xhr(world.url('acme', '/slow'))
  t.match([json.status, json.json()], [504, { error: 'upstream_timeout' }])
})

test('session store does not answer', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const session = { store: redis.url, keys: [randomBytes(32).toString('base64')] }
  const world = await startWorld(t, { settings: { session } })
  const client = await world.client('acme')
  await redis.kill()
  const page = await client.get(world.url('acme'))
  t.equal(page.status, 503)
  t.match(page.headers['retry-after'], /^\d+$/)
  t.ok(isPage(page))
  t.same(page.setCookies, [], 'the cookie stays')
})
