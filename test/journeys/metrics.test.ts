import { once } from 'node:events'
import { type Test, test } from 'tap'
import { WebSocket } from 'ws'
import { Client } from '../fixtures/client.js'
import { issueSecurityTokens } from '../fixtures/okta/security-tokens.js'
import { providerLogouts } from '../fixtures/provider-logouts.js'
import { openRaw } from '../fixtures/raw-connection.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { type Scrape, scrape } from '../fixtures/scrape.js'
import { until } from '../fixtures/until.js'
import { ALICE, startWorld } from '../fixtures/world.js'

const HOUR = 3_600_000
/** Seconds. */
const ROUNDING = 1e-6
const TOKEN = 'of-the-admin'
const SETTINGS = {
  admin: { token: TOKEN },
  server: { limits: { body_size: '1KiB' } },
  session: { idle_timeout: '12h', max_lifetime: '24h' },
}

async function start(t: Test, tenant: object = {}) {
  const clock = { now: Date.now() }
  const world = await startWorld(t, { settings: SETTINGS, tenant, now: () => clock.now })
  let before = await scrape(world.proxy.adminPort)
  return {
    world,
    clock,
    /** What has been added to the counters of a name since this was last asked, by the labels that are given. */
    async added(): Promise<(name: string, labels?: Record<string, string>) => number> {
      const [was, is] = [before, await scrape(world.proxy.adminPort)]
      before = is
      return (name, labels) => is.sum(`doorward_${name}`, labels) - was.sum(`doorward_${name}`, labels)
    },
  }
}

const acme = { tenant: 'acme' }

test('requests are counted by tenant, class of the status, and what became of them', async (t) => {
  const { world, added } = await start(t)
  const client = await world.client('acme')
  const signIn = await added()
  t.equal(signIn('requests_total', { ...acme, status: '3xx', outcome: 'login' }), 1)
  t.equal(signIn('requests_total', { ...acme, status: '3xx', outcome: 'answered' }), 1, 'the callback')
  t.equal(signIn('requests_total', { ...acme, status: '2xx', outcome: 'forwarded' }), 1)
  t.equal(signIn('requests_total', acme), 3)
  t.equal(signIn('logins_started_total', acme), 1)
  t.equal(signIn('logins_total', { ...acme, outcome: 'succeeded' }), 1)

  await client.xhr(world.url('acme', '/status/404'))
  await client.xhr(world.url('acme', '/status/500'), { method: 'POST', body: 'x' })
  await new Client().xhr(world.url('acme'))
  await client.xhr(world.url('acme', '/a/..%2fb'))
  await client.xhr(world.url('acme', '/%zz'))
  await client.xhr(world.url('acme', '/hangup'))
  await client.xhr(world.url('acme', '/sink'), {
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked' },
    body: 'x'.repeat(5000),
  })
  await client.get(world.url('acme', '/oauth2/callback?state=nobody'))
  await new Client().get(world.url('acme', '/oauth2/callback?state=nobody'))
  await rawRequest(world.port, 'NOISE\r\n\r\n')
  await new Client().xhr(`http://127.0.0.1:${world.port}/`)
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/ws`, {
    headers: { host: `acme.localhost:${world.port}`, cookie },
  })
  await once(socket, 'open')
  socket.terminate()
  const rest = await added()
  const answers: [outcome: string, status: string, tenant?: string][] = [
    ['forwarded', '4xx', 'acme'],
    ['forwarded', '5xx', 'acme'],
    ['login_required', '4xx', 'acme'],
    ['upstream_unreachable', '5xx', 'acme'],
    ['body_too_large', '4xx', 'acme'],
    ['answered', '3xx', 'acme'],
    ['invalid_callback', '4xx', 'acme'],
    ['websocket', '1xx', 'acme'],
    ['malformed_request', '4xx'],
    ['misdirected_request', '4xx'],
  ]
  for (const [outcome, status, tenant] of answers) {
    t.equal(rest('requests_total', { outcome, status, ...(tenant ? { tenant } : {}) }), 1, outcome)
    if (tenant === undefined) t.equal(rest('requests_total', { outcome, tenant: '' }), 0, 'no label')
  }
  t.equal(rest('requests_total', { ...acme, status: '4xx', outcome: 'ambiguous_path' }), 2)
  t.equal(rest('requests_total'), answers.length + 2, 'and nothing else')
  t.equal(rest('own_duration_seconds_count'), rest('requests_total'))
  t.equal(rest('upstream_duration_seconds_count', { outcome: 'answered' }), 3)
  t.equal(rest('upstream_duration_seconds_count', { outcome: 'failed' }), 1, 'not the body')
  t.equal(rest('logins_total', { ...acme, outcome: 'invalid_callback' }), 1)
})

test("what the app takes is not Doorward's time; who leaves before it answers is counted as that", async (t) => {
  const { world, added } = await start(t)
  const client = await world.client('acme')
  await added()
  const begun = performance.now()
  const slow = client.xhr(world.url('acme', '/slow'))
  await until('the app has it', () => world.upstream.held === 1)
  const held = performance.now()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const least = (performance.now() - held) / 1000
  world.upstream.release()
  await slow
  const most = (performance.now() - begun) / 1000
  const figures = await added()
  const upstream = figures('upstream_duration_seconds_sum')
  t.ok(upstream > least - ROUNDING)
  t.ok(upstream + figures('own_duration_seconds_sum') < most + ROUNDING, 'no time is counted twice')
  t.ok(Math.abs(figures('upstream_seconds_total', acme) - upstream) < ROUNDING)
  t.equal(figures('upstream_duration_seconds_bucket', { le: '0.025' }), 0)
  t.equal(figures('upstream_duration_seconds_bucket', { le: '+Inf' }), 1)

  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  const head = `GET /slow HTTP/1.1\r\nHost: acme.localhost\r\nCookie: ${cookie}\r\n\r\n`
  const leaving = openRaw(t, world.port, head)
  const received = () => world.upstream.requests.filter(({ url }) => url === '/slow').length
  await until('the app has it', () => received() === 2)
  leaving.socket.destroy()
  await until('it is counted', async () => (await added())('requests_total', { outcome: 'abandoned' }) === 1)
})

test('refreshes are counted by what came of them, and calls to the provider by how it took them', async (t) => {
  const { world, clock, added } = await start(t, { userinfo: 'always' })
  const { acme: org } = world.orgs
  const client = await world.client('acme')
  const visit = () => client.xhr(world.url('acme', '/echo'))
  const first = await added()
  for (const endpoint of ['discovery', 'jwks', 'token', 'userinfo']) {
    t.equal(first('provider_calls_total', { ...acme, endpoint, outcome: 'answered' }), 1, endpoint)
    t.equal(first('provider_duration_seconds_count', { endpoint }), 1)
    t.ok(first('provider_seconds_total', { ...acme, endpoint }) > 0)
  }
  const read = first('jwks_timestamp_seconds', acme)
  t.equal(read, clock.now / 1000)

  clock.now += HOUR + 1
  await visit()
  const fine = await added()
  t.equal(fine('refreshes_total', { ...acme, outcome: 'refreshed' }), 1)
  t.equal(fine('lease_wait_seconds_count', { outcome: 'held' }), 1)

  for (const [behaviour, outcome] of [
    [{ status: 500, times: 1 }, 'failed'],
    [{ status: 429, times: 1 }, 'limited'],
    [{ drop: true, times: 1 }, 'unreachable'],
  ] as const) {
    clock.now += HOUR + 1
    org.behave('token', behaviour)
    await visit()
    const failed = await added()
    t.equal(failed('provider_calls_total', { ...acme, endpoint: 'token', outcome }), 1, outcome)
    t.equal(failed('refreshes_total', { ...acme, outcome: 'failed' }), 1)
  }
  clock.now += HOUR + 1
  org.revokeGrants(ALICE.sub)
  t.equal((await visit()).status, 401)
  const ended = await added()
  t.equal(ended('refreshes_total', { ...acme, outcome: 'ended' }), 1)
  t.equal(ended('sessions_ended_total', { ...acme, by: 'provider' }), 1)
  t.equal(ended('provider_calls_total', { ...acme, endpoint: 'token', outcome: 'refused' }), 1)

  world.orgs.globex.behave('discovery', { drop: true })
  t.equal((await new Client().get(world.url('globex'))).status, 503)
  const down = await added()
  t.equal(down('logins_total', { tenant: 'globex', outcome: 'provider_unavailable' }), 1)
  t.ok(down('provider_calls_total', { tenant: 'globex', endpoint: 'discovery', outcome: 'unreachable' }) > 0)
})

test('sign-outs are counted by who asked, and sessions by who ended them', async (t) => {
  const { world, added } = await start(t)
  const { acme: org } = world.orgs
  const tokens = await issueSecurityTokens(org)
  const asAdmin = { method: 'DELETE', headers: { authorization: `Bearer ${TOKEN}` } }
  const byAdmin = () =>
    new Client().xhr(
      `http://127.0.0.1:${world.proxy.adminPort}/api/sessions?tenant=acme&user=${ALICE.sub}`,
      asAdmin,
    )
  const user = await world.client('acme')
  await user.get(world.url('acme', '/oauth2/logout'), { headers: { 'sec-fetch-site': 'same-origin' } })
  await world.client('acme')
  const counted = (await scrape(world.proxy.adminPort)).sum('doorward_cached_sessions')
  t.ok(counted >= 1, 'who is here is counted')
  await byAdmin()
  await byAdmin()
  const first = await added()
  for (const kind of ['user', 'admin']) {
    t.equal(first('logouts_total', { ...acme, kind, outcome: 'done' }), 1, kind)
    t.equal(first('sessions_ended_total', { ...acme, by: kind }), 1, kind)
  }
  t.equal(first('logouts_total', { ...acme, kind: 'admin', outcome: 'nobody' }), 1)
  const revoked = 'doorward_provider_calls_total{tenant="acme",endpoint="revocation",outcome="answered"}'
  await until('the token is revoked', async () => {
    return (await scrape(world.proxy.adminPort)).series.get(revoked) === 1
  })

  const ways = await providerLogouts(world, tokens, 'a-sign-in-of-nobody')
  const { 'front-channel logout': front, 'back-channel logout': back, 'universal logout': universal } = ways
  await world.client('acme')
  await universal.send()
  await universal.send()
  await back.send()
  await front.send()
  const rest = await added()
  t.equal(rest('logouts_total', { ...acme, kind: 'universal', outcome: 'done' }), 1)
  t.equal(rest('logouts_total', { ...acme, kind: 'universal', outcome: 'invalid_token' }), 1, 'used before')
  t.equal(rest('sessions_ended_total', { ...acme, by: 'universal' }), 1)
  t.equal(rest('logouts_total', { ...acme, kind: 'back_channel', outcome: 'nobody' }), 1)
  t.equal(rest('logouts_total', { ...acme, kind: 'front_channel', outcome: 'nobody' }), 1)
})

// Who may choose a label's value can fill the memory of Doorward and of whoever collects the figures.
test('nothing that a client says makes a series, and none holds anything of a person', async (t) => {
  const { world } = await start(t)
  const client = await world.client('acme')
  const cookie = String(client.cookies('acme.localhost').doorward)
  const junk = async (nth: string): Promise<void> => {
    const stranger = new Client({ resolve: { [`${nth}.example`]: world.port } })
    await stranger.xhr(`http://${nth}.example/`)
    await stranger.xhr(`http://${nth}.example/oauth2/${nth}`)
    const own = { headers: { 'x-request-id': nth, 'x-forwarded-host': `${nth}.example`, 'user-agent': nth } }
    await client.xhr(world.url('acme', `/${nth}?${nth}=1`), own)
    await client.xhr(world.url('acme', `/oauth2/${nth}`), own)
    await client.get(world.url('acme', `/oauth2/callback?state=${nth}&code=${nth}&error=${nth}`), own)
    await client.xhr(world.url('acme', `/oauth2/logout/frontchannel?iss=${nth}&sid=${nth}`), own)
    await client.xhr(world.url('acme', '/oauth2/logout/backchannel'), { method: 'POST', body: nth })
    const head = `Host: acme.localhost\r\nCookie: doorward=${cookie}\r\nConnection: close\r\n\r\n`
    await rawRequest(world.port, `PROPFIND /${nth} HTTP/1.1\r\n${head}`)
    await rawRequest(world.port, `${nth} / HTTP/1.1\r\n${head}`)
    await rawRequest(world.port, `GET / HTTP/1.1\r\nHost: ${nth}.example\r\nConnection: close\r\n\r\n`)
  }
  await junk('first')
  const before = await scrape(world.proxy.adminPort)
  for (let nth = 0; nth < 5; nth += 1) await junk(`junk-${nth}`)
  const after = await scrape(world.proxy.adminPort)
  const own = ({ series }: Scrape) => [...series.keys()].filter((name) => name.startsWith('doorward_')).sort()
  t.same(own(after), own(before))
  t.ok(after.sum('doorward_requests_total') > before.sum('doorward_requests_total') + 40, 'but they count')
  const secrets = [
    ...cookie.split('.'),
    ALICE.sub,
    ALICE.email,
    '_secret',
    TOKEN,
    'junk',
    '.example',
    'localhost',
  ]
  for (const secret of secrets) t.notOk(after.text.includes(secret), secret)
})

test('figures are for the admin listener only', async (t) => {
  const { world } = await start(t)
  t.equal((await new Client().xhr(world.url('acme', '/metrics'))).status, 401)
  t.equal((await new Client().xhr(world.url('acme', '/oauth2/metrics'))).status, 404)
  const answer = await new Client().xhr(`http://127.0.0.1:${world.proxy.adminPort}/metrics`)
  t.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.match(answer.text(), /^# HELP doorward_requests_total .+\n# TYPE doorward_requests_total counter$/m)
  t.match(answer.text(), /^doorward_build_info\{version="\d+\.\d+\.\d+"\} 1$/m)
  t.match(answer.text(), /^nodejs_eventloop_lag_p99_seconds /m)
  t.match(answer.text(), /^doorward_config_generation 1$/m)
})
