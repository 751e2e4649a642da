import { test } from 'tap'
import { redeemRefreshToken } from '../../src/oidc/refresh-grant.js'
import { type Answer, json, startTinyProvider } from './tiny-provider.js'

const held = {
  identity: { sub: 'alice', claims: { sub: 'alice' } },
  tokens: { access_token: 'AT-1', refresh_token: 'RT-1', id_token: 'IT-1', expires_at: 1 },
}
const bare = { access_token: 'AT-2', token_type: 'Bearer', expires_in: 300 }
const okta = (status: number, headers = {}) => json(status, { errorCode: 'E0000009', errorId: 'x' }, headers)

const text =
  (status: number, type: string, body: string): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': type }).end(body)

test('only invalid_grant ends a session, in the shape of OAuth', async (t) => {
  const provider = await startTinyProvider(t)
  const challenge = { 'www-authenticate': 'Basic realm="okta"' }
  const grant = {
    error: 'invalid_grant',
    error_description: 'It is expired: RT-1-abcdefghijklmnopqrstuvwxyz',
  }
  for (const answer of [json(400, grant), json(401, grant), json(401, grant, challenge)]) {
    provider.answers.set('/token', answer)
    const ended = { kind: 'ended', reason: 'invalid_grant: It is expired: …' }
    t.same(await redeemRefreshToken(provider.context(), held), ended)
  }
  for (const answer of [
    text(400, 'text/html', 'invalid_grant'),
    text(400, 'text/html', JSON.stringify(grant)),
    json(400, { errorCode: 'invalid_grant' }),
    json(400, [grant]),
    json(200, grant),
    json(302, grant),
    json(302, bare),
    json(400, bare),
    json(429, grant),
    json(500, grant),
  ]) {
    provider.answers.set('/token', answer)
    t.match(await redeemRefreshToken(provider.context(), held), { kind: 'failed', concerns: 'tenant' })
  }
})

test('every other failure says whom it concerns and for how long', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  const seconds = context.now() / 1000
  const wait = { 'retry-after': '7' }
  const reset = { 'x-rate-limit-reset': String(seconds + 30) }
  const challenge = { 'www-authenticate': 'Basic realm="okta"' }
  const table: [what: string, answer: Answer, concerns: 'tenant' | 'session', retry_after?: number][] = [
    ['429 of Okta', okta(429, reset), 'tenant', 30_000],
    ['429 with both headers', okta(429, { ...reset, ...wait }), 'tenant', 30_000],
    ['429 in the shape of OAuth', json(429, { error: 'slow_down' }, wait), 'tenant', 7000],
    ['429 without a word', okta(429), 'tenant'],
    ['503', json(503, {}, wait), 'tenant', 7000],
    ['500 of Okta', okta(500, wait), 'tenant'],
    ['400 of Okta', okta(400), 'tenant'],
    ['401 of Okta', okta(401), 'tenant'],
    ['403 of a firewall', text(403, 'text/html', '<h1>Blocked</h1>'), 'tenant'],
    ['HTML', text(200, 'text/html', '<h1>Maintenance</h1>'), 'tenant'],
    ['nothing', text(200, 'application/json', ''), 'tenant'],
    ['no content', (response) => response.writeHead(204).end(), 'tenant'],
    ['truncated JSON', text(200, 'application/json', '{"access_token":"AT-2"'), 'tenant'],
    ['no access token', json(200, { token_type: 'Bearer', refresh_token: 'RT-2' }), 'tenant'],
    ['an empty access token', json(200, { ...bare, access_token: '' }), 'tenant'],
    ['an access token of another type', json(200, { ...bare, access_token: {} }), 'tenant'],
    ['null', json(200, null), 'tenant'],
    ['too much', json(200, { ...bare, padding: 'x'.repeat(1_048_576) }), 'tenant'],
    ['no answer', () => undefined, 'tenant'],
    ['a connection that is cut', (response) => response.destroy(), 'tenant'],
    ['server_error', json(400, { error: 'server_error' }), 'tenant'],
    ['invalid_client', json(401, { error: 'invalid_client' }), 'tenant'],
    ['invalid_client with a challenge', json(401, { error: 'invalid_client' }, challenge), 'tenant'],
    ['unauthorized_client', json(400, { error: 'unauthorized_client' }), 'tenant'],
    ['invalid_request', json(400, { error: 'invalid_request' }), 'session'],
    ['invalid_scope', json(400, { error: 'invalid_scope' }), 'session'],
  ]
  for (const [what, answer, concerns, retry_after] of table) {
    provider.answers.set('/token', answer)
    const outcome = await redeemRefreshToken(context, held)
    t.match(outcome, { kind: 'failed', concerns, retry_after, reason: /./ }, what)
    t.notMatch(JSON.stringify(outcome), /RT-|AT-|CLIENT-SECRET/, what)
  }
})

test('a refusal tells an admin what to change', async (t) => {
  const provider = await startTinyProvider(t)
  const table: [status: number, body: object, advice: RegExp][] = [
    [401, { error: 'invalid_client' }, /^invalid_client \(is client_secret .*token_endpoint_auth_method/],
    [400, { error: 'invalid_scope' }, /^invalid_scope \(.*offline_access.*"Refresh Token"/],
    [400, { error: 'unauthorized_client' }, /\(enable the "Refresh Token" grant type/],
    [400, { error: 'unsupported_grant_type' }, /\(enable the "Refresh Token" grant type/],
    [400, { error: 'access_denied' }, /\(assign the person/],
    [400, { error: 'invalid_request' }, /^invalid_request \(is token_endpoint_auth_method [^,]*\?\)$/],
    [400, { error: 'invalid_grant' }, /^invalid_grant$/],
    [400, { error: 'server_error' }, /^server_error$/],
  ]
  for (const [status, body, advice] of table) {
    provider.answers.set('/token', json(status, body))
    t.match(await redeemRefreshToken(provider.context(), held), { reason: advice }, JSON.stringify(body))
  }
})

test('a redirect is not followed with a refresh token', async (t) => {
  const [provider, elsewhere] = [await startTinyProvider(t), await startTinyProvider(t)]
  elsewhere.answers.set('/token', json(200, bare))
  for (const status of [301, 302, 303, 307, 308]) {
    provider.answers.set('/token', json(status, {}, { location: `${elsewhere.issuer}/token` }))
    t.match(await redeemRefreshToken(provider.context(), held), { kind: 'failed', concerns: 'tenant' })
  }
  t.same(elsewhere.requests, [])
})

test('it never rejects, also without a token, a provider or a connection', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  const nothing = { retry_after: undefined }
  for (const refresh_token of [undefined, '']) {
    const without = { ...held, tokens: { ...held.tokens, refresh_token } }
    t.same(await redeemRefreshToken(context, without), {
      kind: 'failed',
      reason: 'there is no refresh token',
      concerns: 'session',
      ...nothing,
    })
  }
  t.same(provider.requests, [])
  const connection = () => Promise.reject(new Error('no discovery'))
  t.same(await redeemRefreshToken({ ...context, provider: { connection } }, held), {
    kind: 'failed',
    reason: 'no discovery',
    concerns: 'tenant',
    ...nothing,
  })
  await provider.close()
  t.match(await redeemRefreshToken(context, held), {
    kind: 'failed',
    reason: /fetch failed/,
    concerns: 'tenant',
  })
})
