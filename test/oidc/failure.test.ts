import * as client from 'openid-client'
import { test } from 'tap'
import { classifyFailure, describeFailure, type FailureKind } from '../../src/oidc/failure.js'
import { type Answer, CLIENT_SECRET, json, startTinyProvider } from './tiny-provider.js'

const text =
  (status: number, type: string, body: string): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': type }).end(body)

const challenge = { 'www-authenticate': 'Basic realm="okta"' }
const TOKEN = 'ACCESS-TOKEN-OF-ALICE'

const answers: [what: string, answer: Answer, kind: FailureKind, description: string | RegExp][] = [
  ['500 without a body', text(500, 'text/plain', ''), 'unavailable', /\(HTTP 500\)$/],
  ['500 with HTML', text(500, 'text/html', '<h1>Oops</h1>'), 'unavailable', /\(HTTP 500\)$/],
  ['502 of a load balancer', text(502, 'text/html', '<h1>Bad gateway</h1>'), 'unavailable', /\(HTTP 502\)$/],
  ['503 with JSON', json(503, { error: 'server_error' }), 'unavailable', /\(HTTP 503\)$/],
  ['429 of Okta', json(429, { errorCode: 'E0000047', errorId: 'x' }), 'unavailable', /\(HTTP 429\)$/],
  [
    '429 in the shape of OAuth',
    json(429, { error: 'too_many_requests' }),
    'unavailable',
    'too_many_requests',
  ],
  [
    '400 temporarily_unavailable',
    json(400, { error: 'temporarily_unavailable' }),
    'unavailable',
    'temporarily_unavailable',
  ],
  ['400 server_error', json(400, { error: 'server_error' }), 'unavailable', 'server_error'],
  ['HTML that says 200', text(200, 'text/html', '<h1>Maintenance</h1>'), 'unavailable', /\(HTTP 200\)$/],
  ['truncated JSON', text(200, 'application/json', `{"access_token":"${TOKEN}`), 'unavailable', /JSON/],
  [
    'JSON with garbage',
    text(200, 'application/json', `{"access_token":"${TOKEN}",oops}`),
    'unavailable',
    /JSON/,
  ],
  [
    '400 invalid_grant',
    json(400, { error: 'invalid_grant', error_description: 'It is expired.' }),
    'invalid_grant',
    'invalid_grant: It is expired.',
  ],
  ['401 invalid_client', json(401, { error: 'invalid_client' }), 'rejected', 'invalid_client'],
  [
    '401 invalid_client with a challenge',
    json(401, { error: 'invalid_client' }, challenge),
    'rejected',
    'invalid_client',
  ],
  [
    '401 invalid_client in the shape of Okta',
    json(401, { errorCode: 'invalid_client', errorSummary: "Invalid value for 'client_id' parameter." }),
    'rejected',
    "invalid_client: Invalid value for 'client_id' parameter.",
  ],
  ['400 unauthorized_client', json(400, { error: 'unauthorized_client' }), 'rejected', 'unauthorized_client'],
  ['400 in the shape of Okta', json(400, { errorCode: 'E0000021' }), 'rejected', /\(HTTP 400\)$/],
  ['403 in the shape of Okta', json(403, { errorCode: 'E0000022' }), 'rejected', /\(HTTP 403\)$/],
  ['403 of a firewall with HTML', text(403, 'text/html', '<h1>Blocked</h1>'), 'unavailable', /\(HTTP 403\)$/],
  [
    'a redirect',
    (response) => response.writeHead(302, { location: 'https://evil.example' }).end(),
    'rejected',
    /\(HTTP 302\)$/,
  ],
  ['an answer without a token', json(200, { token_type: 'bearer' }), 'rejected', /access_token/],
  ['a token that is no text', json(200, { access_token: { TOKEN } }), 'rejected', /access_token/],
  ['null', json(200, null), 'rejected', /top level object/],
  ['a connection that is cut', (response) => response.destroy(), 'unavailable', /fetch failed/],
  [
    'an answer that is cut',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 999 })
      response.write(`{"access_token":"${TOKEN}`, () => response.destroy())
    },
    'unavailable',
    /^terminated/,
  ],
  ['no answer', () => undefined, 'unavailable', /timed out/],
  [
    'an answer that does not end',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{')
    },
    'unavailable',
    /timed out/,
  ],
  [
    'an answer that is too long',
    text(200, 'application/json', `"${'x'.repeat(1_048_575)}"`),
    'unavailable',
    'the answer is longer than 1 MiB',
  ],
]

const SECRETS = [
  CLIENT_SECRET,
  'REFRESH-TOKEN',
  TOKEN,
  Buffer.from(`0oa1b2c3d4:${CLIENT_SECRET}`).toString('base64'),
]

test('a failed refresh is sorted by what it means, and described without a secret', async (t) => {
  const provider = await startTinyProvider(t)
  const { configuration } = await provider.context().provider.connection()
  for (const [what, answer, kind, description] of answers) {
    provider.answers.set('/token', answer)
    const error = await client.refreshTokenGrant(configuration, 'REFRESH-TOKEN').then(
      () => undefined,
      (e: unknown) => e,
    )
    t.equal(classifyFailure(error), kind, what)
    const told = describeFailure(error)
    if (typeof description === 'string') t.equal(told, description, what)
    else t.match(told, description, what)
    t.notOk(
      SECRETS.some((secret) => told.includes(secret)),
      `${what}: ${told}`,
    )
  }
})

test('a failed UserInfo call is sorted likewise', async (t) => {
  const provider = await startTinyProvider(t)
  const { configuration } = await provider.context().provider.connection()
  const table: [what: string, answer: Answer, kind: FailureKind][] = [
    ['500', text(500, 'text/plain', TOKEN), 'unavailable'],
    ['429', json(429, {}), 'unavailable'],
    ['HTML', text(200, 'text/html', TOKEN), 'unavailable'],
    ['401', json(401, { error: 'invalid_token' }), 'rejected'],
    [
      '401 with a challenge',
      json(401, {}, { 'www-authenticate': `Bearer error="invalid_token"` }),
      'rejected',
    ],
    ['another subject', json(200, { sub: 'mallory' }), 'rejected'],
    ['no subject', json(200, {}), 'rejected'],
  ]
  for (const [what, answer, kind] of table) {
    provider.answers.set('/userinfo', answer)
    const error = await client.fetchUserInfo(configuration, TOKEN, 'alice').then(
      () => undefined,
      (e: unknown) => e,
    )
    t.equal(classifyFailure(error), kind, what)
    t.notOk(describeFailure(error).includes(TOKEN), what)
  }
})

test('a provider that nobody listens for is unavailable', async (t) => {
  const provider = await startTinyProvider(t)
  const { configuration } = await provider.context().provider.connection()
  await provider.close()
  const error = await client.refreshTokenGrant(configuration, 'REFRESH-TOKEN').catch((e: unknown) => e)
  t.equal(classifyFailure(error), 'unavailable')
  t.match(describeFailure(error), /^fetch failed \(.*ECONNREFUSED/)
})

test('what is no failure of the provider is never taken for a passing one', async (t) => {
  for (const error of [new Error('x'), new client.ClientError('x'), 'x', undefined, null, {}]) {
    t.equal(classifyFailure(error), 'rejected')
    t.type(describeFailure(error), 'string')
  }
  t.equal(describeFailure(new Error('outer', { cause: new Error('inner') })), 'outer (inner)')
})

// The pattern that hides secrets was quadratic: one unauthenticated request could hold the process for seconds.
test('what a stranger wrote is cut, and judged in no time', async (t) => {
  const before = process.cpuUsage()
  const told = describeFailure(new Error('a'.repeat(1_000_000)))
  t.ok(process.cpuUsage(before).user < 1_000_000, 'microseconds of this process, however busy the machine')
  t.ok(told.length <= 500)
  t.equal(describeFailure(new Error(`${'a'.repeat(30)} ${'A1'.repeat(200)}`)), `${'a'.repeat(30)} …`)
})
