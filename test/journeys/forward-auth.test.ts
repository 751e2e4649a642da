import { test } from 'tap'
import { RULES, forwardAuthSettings as settings } from '../fixtures/forward-auth.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { ALICE, startWorld } from '../fixtures/world.js'

// How proxies say which request they ask about.
const dialects: { [name: string]: (method: string, target: string) => Record<string, string> } = {
  nginx: (method, target) => ({ 'X-Original-Method': method, 'X-Original-URI': target }),
  'ingress-nginx': (method, target) => ({
    'X-Original-Method': method,
    'X-Original-URL': `https://acme.localhost${target}`,
  }),
  'Traefik and Caddy': (method, target) => ({ 'X-Forwarded-Method': method, 'X-Forwarded-Uri': target }),
}

test('auth answers whether a request may pass', async (t) => {
  const world = await startWorld(t, { settings: settings(['127.0.0.1']) })
  const [stranger, alice] = [await world.client(), await world.client('acme')]
  const ask = (client: typeof alice, headers: Record<string, string>) =>
    client.xhr(world.url('acme', '/oauth2/auth'), { headers })

  for (const [name, say] of Object.entries(dialects)) {
    await t.test(`as ${name} asks`, async (t) => {
      const statusOf = async (client: typeof alice, method: string, target: string) =>
        (await ask(client, say(method, target))).status
      t.equal(await statusOf(stranger, 'GET', '/healthz'), 202)
      t.equal(await statusOf(stranger, 'GET', '/assets/a?b=%2F..'), 202)
      t.equal(await statusOf(stranger, 'GET', '/'), 401)
      t.equal(await statusOf(stranger, 'GET', '/vault'), 401)
      t.equal(await statusOf(alice, 'GET', '/'), 202)
      t.equal(await statusOf(alice, 'GET', '/Vault//x?y'), 403)
      t.equal(await statusOf(alice, 'POST', '/posts/1'), 403)
      t.equal(await statusOf(alice, 'GET', '/posts/1'), 202)
      t.equal(await statusOf(alice, 'GET', '/a/../vault'), 400)
    })
  }

  await t.test('with the identity where there is one, in headers', async (t) => {
    const answer = await ask(alice, dialects.nginx?.('GET', '/') ?? {})
    t.match(answer.headers, {
      'x-forwarded-user': ALICE.sub,
      'x-forwarded-groups': 'admins,staff',
      'x-token': /./,
      'cache-control': 'no-store',
    })
    t.equal(
      (await ask(stranger, dialects.nginx?.('GET', '/assets/x') ?? {})).headers['x-forwarded-user'],
      undefined,
    )
    t.equal(
      (await ask(alice, dialects.nginx?.('GET', '/healthz') ?? {})).headers['x-forwarded-user'],
      undefined,
    )
  })

  await t.test('and refuses two opinions of which request is meant', async (t) => {
    for (const headers of [
      { 'X-Original-URI': '/vault', 'X-Forwarded-Uri': '/healthz' },
      { 'X-Original-URI': '/healthz, /vault' },
      { 'X-Original-URI': '/', 'X-Original-Method': 'GET', 'X-Forwarded-Method': 'POST' },
      { 'X-Original-URI': '/', 'X-Forwarded-Method': 'GET' },
      { 'X-Original-URI': '/', 'X-Original-URL': 'https://acme.localhost/healthz' },
      { 'X-Forwarded-Uri': '/', 'X-Forwarded-Method': 'post' },
    ]) {
      t.equal((await ask(alice, headers)).status, 400, JSON.stringify(headers))
    }
    const twice = await rawRequest(
      world.port,
      'GET /oauth2/auth HTTP/1.1\r\nHost: acme.localhost\r\nX-Original-URI: /vault\r\nX-Original-URI: /healthz\r\nConnection: close\r\n\r\n',
    )
    t.match(twice, /^HTTP\/1\.1 400 /)
  })

  await t.test('a method that is not said may be any', async (t) => {
    t.equal((await ask(alice, { 'X-Original-URI': '/posts/1' })).status, 403)
    t.equal((await ask(alice, { 'X-Original-URI': '/' })).status, 202)
    t.equal((await ask(stranger, { 'X-Original-URI': '/healthz' })).status, 202)
  })

  await t.test('a path that is not said may be any', async (t) => {
    t.equal((await ask(alice, {})).status, 403)
    t.equal((await ask(stranger, {})).status, 401)
  })

  await t.test('to a person that has to sign in: a page with the way there', async (t) => {
    const page = await stranger.get(world.url('acme', '/oauth2/auth'), {
      headers: { 'X-Forwarded-Uri': '/a?b=1&c=2', 'X-Forwarded-Method': 'GET' },
    })
    t.equal(page.status, 401)
    t.match(page.text(), 'href="/oauth2/login?rd=%2Fa%3Fb%3D1%26c%3D2"')
    t.same(page.setCookies, [])
    const weak = await alice.get(world.url('acme', '/oauth2/auth'), {
      headers: { 'X-Forwarded-Uri': '/strong/a', 'X-Forwarded-Method': 'GET' },
    })
    t.match([weak.status, weak.headers['www-authenticate']], [401, /insufficient_user_authentication/])
    t.match(weak.text(), 'href="/oauth2/login?rd=%2Fstrong%2Fa"')
    const evil = await stranger.get(world.url('acme', '/oauth2/auth'), {
      headers: { 'X-Forwarded-Uri': '//evil.example/"><script>', 'X-Forwarded-Method': 'GET' },
    })
    t.equal(evil.status, 400)
    t.notMatch(evil.text(), /evil|script>/)
  })
})

test('auth tells tokens and cookies only where nobody but proxies can ask', async (t) => {
  for (const isForwardAuth of [false, true]) {
    const server = { trusted_proxies: ['127.0.0.1'], forward_auth: isForwardAuth }
    const world = await startWorld(t, { settings: { ...settings([]), server } })
    const alice = await world.client('acme')
    const cookie = `mydoorward=1; doorward=${alice.cookies('acme.localhost').doorward}; theirs=1`
    const headers = { ...dialects.nginx?.('GET', '/'), cookie }
    const told = await (await world.client()).xhr(world.url('acme', '/oauth2/auth'), { headers })
    t.match([told.status, told.headers['x-forwarded-user']], [202, ALICE.sub])
    t.equal(told.headers['x-token'] !== undefined, isForwardAuth)
    t.equal(told.headers.cookie, isForwardAuth ? 'mydoorward=1; theirs=1' : undefined)
    const nobody = await (await world.client()).xhr(world.url('acme', '/oauth2/auth'), {
      headers: dialects.nginx?.('GET', '/healthz') ?? {},
    })
    t.equal(nobody.headers.cookie, isForwardAuth ? '' : undefined)
  }
})

test('auth believes only trusted peers, and tells others no token', async (t) => {
  const world = await startWorld(t, { settings: { ...settings([]), rules: RULES.slice(0, 2) } })
  const [stranger, alice] = [await world.client(), await world.client('acme')]
  const headers = { 'X-Forwarded-Uri': '/healthz', 'X-Original-URI': '/healthz' }
  const refused = await stranger.xhr(world.url('acme', '/oauth2/auth'), { headers })
  t.equal(refused.status, 401)
  const answer = await alice.xhr(world.url('acme', '/oauth2/auth'), { headers })
  t.match([answer.status, answer.headers['x-forwarded-user']], [202, ALICE.sub])
  t.equal(answer.headers['x-token'], undefined)
})
