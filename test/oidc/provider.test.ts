import * as client from 'openid-client'
import { test } from 'tap'
import { Secret } from '../../src/config/secret.js'
import { boundedFetch } from '../../src/oidc/bounded-fetch.js'
import { createProvider } from '../../src/oidc/provider.js'
import { NO_REPORT } from '../../src/oidc/provider-report.js'
import { until } from '../fixtures/until.js'
import { tenantConfig } from '../tenant/tenant-config.js'
import { type Answer, json, startTinyProvider } from './tiny-provider.js'

const DISCOVERY = '/.well-known/openid-configuration'

test('an issuer is asked at the first use, once for all who wait, and then no more', async (t) => {
  const { issuer, requests } = await startTinyProvider(t)
  const provider = createProvider(tenantConfig({ issuer }), { now: Date.now })
  t.same(requests, [])
  const all = await Promise.all(Array.from({ length: 50 }, () => provider.connection()))
  t.equal(new Set(all).size, 1)
  await provider.connection()
  t.same(
    requests.map(({ line }) => line),
    [`GET ${DISCOVERY}?client_id=0oa1b2c3d4`],
  )
})

test('after a failure the issuer is left alone for a pause that doubles, up to five seconds', async (t) => {
  const { issuer, answers, requests } = await startTinyProvider(t)
  const good = answers.get(DISCOVERY) ?? json(404, {})
  answers.set(DISCOVERY, json(503, {}))
  let now = 0
  const provider = createProvider(tenantConfig({ issuer }), { now: () => now })
  for (const [index, pause] of [1000, 2000, 4000, 5000, 5000].entries()) {
    await t.rejects(provider.connection(), { code: 'provider_unavailable', reason: /HTTP 503/ })
    t.equal(requests.length, index + 1)
    now += pause - 1
    await t.rejects(provider.connection(), { code: 'provider_unavailable', reason: /a moment ago/ })
    t.equal(requests.length, index + 1, 'not asked during the pause')
    now += 1
  }
  answers.set(DISCOVERY, good)
  t.equal((await provider.connection()).configuration.serverMetadata().issuer, issuer)
})

const DAY = 86_400_000
const HOUR = 3_600_000

test('metadata that have changed are adopted by who uses them, a day later and without waiting', async (t) => {
  const { issuer, answers, requests } = await startTinyProvider(t)
  let now = 0
  const provider = createProvider(tenantConfig({ issuer }), { now: () => now })
  const before = await provider.connection()
  const moved = {
    issuer,
    authorization_endpoint: `${issuer}/new`,
    token_endpoint: `${issuer}/new`,
    jwks_uri: `${issuer}/keys`,
  }
  answers.set(DISCOVERY, json(200, moved))
  now += 0.89 * DAY
  t.equal(await provider.connection(), before)
  t.equal(requests.length, 1)
  now += 0.22 * DAY
  t.equal(await provider.connection(), before, 'nobody waits')
  await until('the metadata are new', async () => (await provider.connection()) !== before)
  const after = await provider.connection()
  t.match(after.configuration.serverMetadata(), moved)
  t.same(
    requests.map(({ line }) => line.replace(/\?.*/, '')),
    [`GET ${DISCOVERY}`, `GET ${DISCOVERY}`, 'GET /keys'],
  )
  now += 1.2 * DAY
  await provider.connection()
  await until('they are asked for again', async () => requests.length === 4)
  t.equal(await provider.connection(), after, 'the same ones change nothing')
})

test('metadata that work are never given up for what does not', async (t) => {
  const { issuer, answers, requests } = await startTinyProvider(t)
  const good = {
    issuer,
    authorization_endpoint: `${issuer}/a`,
    token_endpoint: `${issuer}/t`,
    jwks_uri: `${issuer}/keys`,
  }
  answers.set(DISCOVERY, json(200, good))
  let now = 0
  const told: string[] = []
  const report = { ...NO_REPORT, metadataKept: (reason: string) => void told.push(reason) }
  const provider = createProvider(tenantConfig({ issuer }), { now: () => now, report })
  const connection = await provider.connection()
  now += 1.2 * DAY
  const table: [Answer, RegExp][] = [
    [json(503, {}), /^discovery of .* failed: .*503/],
    [json(200, {}), /^discovery of .* failed: /],
    [
      json(200, { ...good, issuer: 'https://evil.example' }),
      /"https:\/\/evil\.example": if that is right, make it/,
    ],
    [
      json(200, { ...good, token_endpoint: undefined, jwks_uri: undefined }),
      /no token_endpoint, jwks_uri: check/,
    ],
    [json(200, { ...good, jwks_uri: `${issuer}/nowhere` }), /^the keys of .* cannot be had: HTTP 404/],
    [(response) => void response.destroy(), /^discovery of .* failed: fetch failed/],
  ]
  for (const [trouble, reason] of table) {
    answers.set(DISCOVERY, trouble)
    t.equal(await provider.connection(), connection)
    await until('an operator hears of it', () => told.length > 0)
    t.match(told.splice(0), [reason])
    t.equal(await provider.connection(), connection)
    now += HOUR - 1
    const asked = requests.length
    await provider.connection()
    t.equal(requests.length, asked, 'and left alone for an hour')
    now += 1
  }
})

test('an outage of hours is told once, and the next one again', async (t) => {
  const { issuer, answers, requests } = await startTinyProvider(t)
  let now = 0
  const told: string[] = []
  const report = { ...NO_REPORT, metadataKept: (reason: string) => void told.push(reason) }
  const provider = createProvider(tenantConfig({ issuer }), { now: () => now, report })
  const before = await provider.connection()
  const revisit = async (answer: Answer, pause: number) => {
    answers.set(DISCOVERY, answer)
    now += pause
    const calls = requests.length
    await provider.connection()
    await until('it was asked', () => requests.length > calls)
  }
  await revisit(json(503, {}), 1.2 * DAY)
  for (let hour = 0; hour < 3; hour += 1) await revisit(json(503, {}), HOUR)
  await revisit(json(500, {}), HOUR)
  await until('the other trouble is told', () => told.some((reason) => reason.includes('500')))
  t.match(told, [/503/, /500/])
  t.equal(told.length, 2)
  const metadata = { issuer, authorization_endpoint: `${issuer}/a`, token_endpoint: `${issuer}/t` }
  await revisit(json(200, { ...metadata, jwks_uri: `${issuer}/keys` }), HOUR)
  await until('it is over', async () => (await provider.connection()) !== before)
  await revisit(json(500, {}), 1.2 * DAY)
  await until('it is told again', () => told.length === 3)
})

test('a dead issuer is the problem of its tenant alone', async (t) => {
  const [dead, alive] = [await startTinyProvider(t), await startTinyProvider(t)]
  await dead.close()
  const lost = createProvider(tenantConfig({ issuer: dead.issuer }), { now: Date.now }).connection()
  await t.rejects(lost, { code: 'provider_unavailable' })
  t.ok(await createProvider(tenantConfig({ issuer: alive.issuer }), { now: Date.now }).connection())
})

test('the client authenticates as Okta documents it, with the secret of the moment', async (t) => {
  const { issuer, answers, requests } = await startTinyProvider(t)
  answers.set('/token', json(400, { error: 'invalid_grant' }))
  const refreshed = async (token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post') => {
    const tenant = tenantConfig({ issuer, token_endpoint_auth_method, client_secret: [Secret.of('s-_~%:ü')] })
    const { configuration } = await createProvider(tenant, { now: Date.now }).connection()
    await client.refreshTokenGrant(configuration, 'RT').catch(() => undefined)
    return requests.at(-1)
  }
  const basic = await refreshed('client_secret_basic')
  t.equal(basic?.authorization, `Basic ${Buffer.from('0oa1b2c3d4:s-_~%:ü').toString('base64')}`)
  t.notMatch(basic?.body, 'client_secret')
  const post = await refreshed('client_secret_post')
  t.equal(post?.authorization, undefined)
  t.equal(new URLSearchParams(post?.body).get('client_secret'), 's-_~%:ü')
})

test('a refresh is waited for longer than other calls', async (t) => {
  const { issuer } = await startTinyProvider(t)
  const connection = await createProvider(tenantConfig({ issuer }), { now: Date.now }).connection()
  t.equal(connection.configuration.timeout, 10)
  t.equal(connection.refreshConfiguration(boundedFetch).timeout, 25)
})
