import { generateKeyPairSync } from 'node:crypto'
import { test } from 'tap'
import type { TenantConfig } from '../../src/config/schema.js'
import { Secret } from '../../src/config/secret.js'
import { type Answer, json } from '../oidc/tiny-provider.js'
import { basic, SECRET, startCheck, tokenEndpoint } from './start-check.js'

const secrets = (...all: string[]) => ({ client_secret: all.map((secret) => Secret.of(secret)) })
const takes = (...all: string[]) => tokenEndpoint((authorization) => all.map(basic).includes(authorization))
const post: Answer = (response, request) => {
  const isRight = new URLSearchParams(request.body).get('client_secret') === SECRET
  json(isRight ? 400 : 401, { error: isRight ? 'invalid_grant' : 'invalid_client' })(response, request)
}
const forbids =
  (grant: string): Answer =>
  (response, request) => {
    const error = request.body.includes(`grant_type=${grant}`) ? 'unauthorized_client' : 'invalid_grant'
    json(400, { error })(response, request)
  }
const refused = (sentence: RegExp) => [{ level: 'error', topic: 'client', sentence }]

const CASES: readonly (readonly [string, Answer, Partial<TenantConfig>, readonly object[]])[] = [
  ['a wrong secret', takes(SECRET), secrets('wr0ng'), refused(/invalid_client.*client_secret_basic$/)],
  [
    'the wrong method',
    takes(SECRET),
    { token_endpoint_auth_method: 'client_secret_post' },
    refused(/client_secret_post$/),
  ],
  ['a secret in the body', post, { token_endpoint_auth_method: 'client_secret_post' }, []],
  ['a secret that is form-encoded', takes(encodeURIComponent(SECRET).replace('~', '%7E')), {}, []],
  ['two secrets, both right', takes(SECRET, 'new'), secrets('new', SECRET), []],
  [
    'two secrets of which one is over',
    takes('new'),
    secrets('new', SECRET),
    [
      {
        level: 'warning',
        topic: 'client',
        sentence: /refuses client_secret\[1\].*remove it if it is the old one$/,
      },
    ],
  ],
  [
    'a client without refresh tokens',
    forbids('refresh_token'),
    {},
    [
      {
        level: 'error',
        topic: 'refresh',
        sentence: /set refresh_tokens: false, or enable the Refresh Token grant/,
      },
    ],
  ],
  ['one that wants none', forbids('refresh_token'), { refresh_tokens: false }, []],
  [
    'a client without codes',
    forbids('authorization_code'),
    { refresh_tokens: false },
    [{ level: 'error', topic: 'client', sentence: /enable the Authorization Code grant/ }],
  ],
  [
    'a provider that is not well',
    json(503, {}),
    {},
    [{ level: 'warning', topic: 'client', sentence: /could not be checked.*HTTP 503.*again in a minute$/ }],
  ],
  [
    'a provider that says something else, with the secret in it',
    json(400, { error: 'invalid_request', error_description: `what is ${SECRET}?` }),
    {},
    [{ level: 'note', topic: 'client', sentence: /cannot be told: .* invalid_request: what is …\?$/ }],
  ],
  [
    'tokens for everybody',
    json(200, { access_token: 'a', token_type: 'bearer' }),
    {},
    [{ level: 'note', topic: 'client', sentence: /gave tokens for a made-up grant/ }],
  ],
]

for (const [title, answer, said, found] of CASES) {
  test(`the client is asked about: ${title}`, async (t) => {
    const { provider, check } = await startCheck(t)
    provider.answers.set('/token', answer)
    const findings = await check(said)
    t.equal(findings.length, found.length, JSON.stringify(findings))
    t.match(findings, found)
    for (const secret of [SECRET, 'wr0ng']) t.notMatch(JSON.stringify(findings), secret)
  })
}

test('a client with a key proves it as it does at a sign-in', async (t) => {
  const { provider, check } = await startCheck(t)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const said = { client_secret: [], token_endpoint_auth_method: 'private_key_jwt' as const }
  const client_key = Secret.of(pem)
  provider.answers.set('/token', json(400, { error: 'invalid_grant' }))
  t.same(await check({ ...said, client_key }), [])
  t.match(provider.requests.at(-1)?.body, /client_assertion=ey/)
  provider.answers.set('/token', json(401, { error: 'invalid_client' }))
  t.match(await check({ ...said, client_key }), refused(/give it the public key \(doorward urls acme says/))
})

test('the key that Doorward keeps in the session store is left alone', async (t) => {
  const { provider, check } = await startCheck(t)
  const said = { client_secret: [], token_endpoint_auth_method: 'private_key_jwt' as const }
  t.match(await check({ ...said, client_key: 'managed' }), [{ level: 'note', sentence: /is not checked/ }])
  t.notOk(provider.requests.some(({ line }) => line === 'POST /token'))
})
