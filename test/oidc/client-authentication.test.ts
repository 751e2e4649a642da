import * as client from 'openid-client'
import { test } from 'tap'
import { Secret } from '../../src/config/secret.js'
import { NO_KEYS } from '../../src/keys/signing-keys.js'
import { createClientAuthentication } from '../../src/oidc/client-authentication.js'
import { credentialsOf } from '../../src/oidc/client-credentials.js'
import { tenantConfig } from '../tenant/tenant-config.js'
import { INVALID_CLIENT, startClient } from './client-authentication-fixture.js'
import { type Answer, json, startTinyProvider } from './tiny-provider.js'

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
  test(`of two secrets the one that works is used and remembered, for every kind of call: ${method}`, async (t) => {
    const { state, refresh, revoke, seen } = await startClient(t, ['NEW', 'OLD'], method)
    state.accepted = 'OLD'
    await refresh()
    t.same(seen(), ['NEW', 'OLD'])
    await refresh()
    await revoke()
    t.same(seen(), ['OLD', 'OLD'])
    state.accepted = 'NEW'
    await revoke()
    t.same(seen(), ['OLD', 'NEW'])
    await refresh()
    t.same(seen(), ['NEW'])
  })
}

test('every shape of invalid_client is understood, and nothing else is asked again', async (t) => {
  const { refuseWith, refresh, seen, state } = await startClient(t, ['NEW', 'OLD'])
  const challenge = { 'www-authenticate': 'Basic realm="okta"' }
  for (const refusal of [
    json(401, INVALID_CLIENT),
    json(400, INVALID_CLIENT),
    json(401, INVALID_CLIENT, challenge),
    json(401, { errorCode: 'invalid_client', errorSummary: "Invalid value for 'client_id' parameter." }),
  ]) {
    state.accepted = 'OLD'
    refuseWith(refusal)
    await refresh()
    t.same(seen().at(-1), 'OLD')
    state.accepted = 'NEW'
    await refresh()
    t.same(seen(), ['OLD', 'NEW'])
  }
  state.accepted = 'neither'
  for (const other of [
    json(400, { error: 'invalid_grant' }),
    json(400, { error: 'invalid_request', error_description: 'invalid_client' }),
    json(401, { errorCode: 'E0000011' }),
    json(403, INVALID_CLIENT),
    json(429, { errorCode: 'E0000047' }),
    json(500, INVALID_CLIENT),
    json(200, INVALID_CLIENT),
    (response) => response.destroy(),
    (response) => response.writeHead(401, { 'content-type': 'text/html' }).end('invalid_client'),
  ] as Answer[]) {
    refuseWith(other)
    await t.rejects(refresh())
    t.equal(seen().length, 1)
  }
})

test('wrong secrets do not double every call for ever', async (t) => {
  const { state, refresh, seen, pass } = await startClient(t, ['A', 'B'])
  state.accepted = 'neither'
  await t.rejects(refresh(), { message: 'server responded with an error in the response body' })
  t.same(seen(), ['A', 'B'])
  for (let second = 1; second < 30; second += 1) {
    pass(1000)
    await t.rejects(refresh())
  }
  t.same(seen(), Array(29).fill('A'), 'one call each')
  state.accepted = 'B'
  pass(1000)
  await refresh()
  t.same(seen(), ['A', 'B'], 'and after the pause both have their chance')
})

test('a secret is sent as it is, then form-encoded where that is another text', async (t) => {
  const { state, refresh, seen, pass } = await startClient(t, ['a-_.z', 'p%+ü&'])
  const all = ['a-_.z', 'p%+ü&', 'p%25%2B%C3%BC%26']
  state.accepted = 'neither'
  await t.rejects(refresh())
  t.same(seen(), all)
  state.accepted = 'p%25%2B%C3%BC%26'
  pass(30_000)
  await refresh()
  t.same(seen(), all)
  await refresh()
  t.same(seen(), ['p%25%2B%C3%BC%26'])
})

test('who decodes a secret that was sent as it is may call the request malformed, which refuses the client', async (t) => {
  const malformed = json(400, { error: 'invalid_request' })
  for (const accepted of ['100%', '100%25']) {
    const { state, refresh, refuseWith, seen } = await startClient(t, ['100%'])
    refuseWith(malformed)
    state.accepted = accepted
    await refresh()
    t.same(seen(), accepted === '100%' ? ['100%'] : ['100%', '100%25'])
    state.accepted = 'neither'
    const refused = await refresh().catch((error: unknown) => error)
    t.match(refused, { error: 'invalid_request' }, 'after it was taken once, that is about something else')
    t.same(seen(), [accepted])
  }
  const { state, refresh, refuseWith, seen } = await startClient(t, ['plain'])
  refuseWith(malformed)
  state.accepted = 'neither'
  t.match(await refresh().catch((error: unknown) => error), { error: 'invalid_request' })
  t.same(seen(), ['plain'])
})

test('the same secret twice is one, and a changed one is tried at once', async (t) => {
  const file = `${t.testdir({ secret: 'A' })}/secret`
  const { writeFileSync } = await import('node:fs')
  const { issuer, answers, requests } = await startTinyProvider(t)
  const tenant = tenantConfig({ issuer, client_secret: [Secret.fromFile(file), Secret.of('A')] })
  const now = () => 0
  const candidates = () => credentialsOf(tenant, { keys: NO_KEYS, now })
  const { wrap, clientAuth } = createClientAuthentication({ candidates, now })
  const configuration = new client.Configuration(
    { issuer, token_endpoint: `${issuer}/token` },
    '0oa1b2c3d4',
    {},
    clientAuth,
  )
  client.allowInsecureRequests(configuration)
  configuration[client.customFetch] = wrap(
    (url, options) => fetch(url, { ...options, body: options.body ?? null }),
    1,
  )
  answers.set('/token', json(401, INVALID_CLIENT))
  const refresh = () => client.refreshTokenGrant(configuration, 'RT')
  await t.rejects(refresh())
  t.equal(requests.length, 1)
  writeFileSync(file, 'BB')
  await t.rejects(refresh())
  t.same(requests.at(-1)?.authorization, basic('0oa1b2c3d4', 'BB'), 'also during the pause')
})

test('what is sent twice is the same but for the credentials, and no credentials are sent twice', async (t) => {
  const { state, refresh, requests } = await startClient(t, ['NEW', 'OLD'], 'client_secret_post')
  state.accepted = 'OLD'
  await refresh()
  const [first, second] = requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
  t.same(first, {
    grant_type: 'refresh_token',
    refresh_token: 'RT',
    client_id: '0oa1b2c3d4',
    client_secret: 'NEW',
  })
  t.same(second, { ...first, client_secret: 'OLD' })
  t.ok(requests.every(({ authorization }) => authorization === undefined))
})
