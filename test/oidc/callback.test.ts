import { test } from 'tap'
import { finishLogin, requireState } from '../../src/oidc/callback.js'
import type { LoginTransaction } from '../../src/oidc/transaction.js'
import { type Answer, json, startTinyProvider } from './tiny-provider.js'

const CALLBACK = 'https://acme.example.com/oauth2/callback'
const transaction: LoginTransaction = {
  kind: 'login',
  state: 'STATE',
  nonce: 'NONCE',
  code_verifier: 'v'.repeat(43),
  return_to: '/',
  started_at: 0,
  recent_logins: [],
}
const completion = { transaction, abandon: () => undefined }

test('a response needs one state and a code or an error, and nothing twice', async (t) => {
  t.equal(requireState(new URLSearchParams('code=c&state=s')), 's')
  t.equal(requireState(new URLSearchParams('error=access_denied&state=s')), 's')
  const refused = [
    '',
    'code=c',
    'state=s',
    'state=&code=c',
    'state=s&code=',
    'state=s&code=c&code=d',
    'state=s&state=s&code=c',
    'state=s&state=t&code=c',
    'state=s&code=c&x=1&x=1',
    'state=s&code=c&iss=a&iss=b',
  ]
  for (const query of refused) {
    t.throws(() => requireState(new URLSearchParams(query)), { code: 'invalid_callback' }, query)
  }
})

test('a code becomes a grant: the person and the tokens', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  const id_token = await provider.idToken({ sub: 'alice', nonce: 'NONCE', email: 'a@acme.example' })
  const tokens = { access_token: 'AT', token_type: 'Bearer', refresh_token: 'RT', id_token }
  provider.answers.set('/token', json(200, tokens))
  t.same(await finishLogin(context, new URL(`${CALLBACK}?code=CODE&state=STATE`), completion), {
    tokens: { access_token: 'AT', refresh_token: 'RT', id_token, expires_at: undefined },
    identity: { sub: 'alice', claims: { iss: provider.issuer, sub: 'alice', email: 'a@acme.example' } },
  })
  const sent = new URLSearchParams(provider.requests[0]?.body)
  t.match(Object.fromEntries(sent), {
    code: 'CODE',
    redirect_uri: CALLBACK,
    code_verifier: transaction.code_verifier,
  })
})

test('a response that is not of this login is refused before the provider hears of it', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context({ metadata: { authorization_response_iss_parameter_supported: true } })
  const iss = encodeURIComponent(provider.issuer)
  const queries = [
    `code=c&state=WRONG&iss=${iss}`,
    `code=c&iss=${iss}`,
    'code=c&state=STATE',
    'code=c&state=STATE&iss=https://evil.example',
    `code=c&state=STATE&iss=${iss}%2F`,
  ]
  for (const query of queries) {
    const login = finishLogin(context, new URL(`${CALLBACK}?${query}`), completion)
    await t.rejects(login, { code: 'invalid_callback' }, query)
  }
  t.same(provider.requests, [])
})

test('every name of the provider is taken, in the response and in the ID token, and no other', async (t) => {
  const provider = await startTinyProvider(t)
  const alias = 'https://login.acme.example'
  const metadata = { authorization_response_iss_parameter_supported: true }
  const context = provider.context({ metadata, tenant: { issuer_aliases: [alias] } })
  const login = async (iss: string, ofToken: string) => {
    const id_token = await provider.idToken({ sub: 'alice', nonce: 'NONCE', iss: ofToken })
    provider.answers.set('/token', json(200, { access_token: 'AT', token_type: 'Bearer', id_token }))
    const query = new URLSearchParams({ code: 'CODE', state: 'STATE', iss })
    return finishLogin(context, new URL(`${CALLBACK}?${query}`), completion)
  }
  for (const iss of [provider.issuer, alias]) {
    for (const ofToken of [provider.issuer, alias]) {
      t.match(await login(iss, ofToken), { identity: { claims: { iss: ofToken } } })
    }
    await t.rejects(login(iss, `${alias}/`), {
      code: 'login_misconfigured',
      reason: `an ID token names the issuer "${alias}/": if that is right, make it the tenant's issuer or one of its issuer_aliases`,
    })
  }
  await t.rejects(login(`${alias}/`, alias), { code: 'invalid_callback' })
})

test("the provider's own refusals are told apart", async (t) => {
  const context = (await startTinyProvider(t)).context()
  const table = {
    access_denied: 'access_denied',
    server_error: 'provider_unavailable',
    temporarily_unavailable: 'provider_unavailable',
    invalid_scope: 'login_misconfigured',
    login_required: 'login_misconfigured',
    '<script>': 'login_misconfigured',
  }
  for (const [error, code] of Object.entries(table)) {
    const response = new URL(`${CALLBACK}?state=STATE&error=${encodeURIComponent(error)}`)
    await t.rejects(finishLogin(context, response, completion), { code }, error)
  }
})

test('a token answer that cannot be trusted or had makes no grant', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  const good = { sub: 'alice', nonce: 'NONCE' }
  const [header, payload] = (await provider.idToken(good)).split('.')
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
  const answerWith = (id_token?: string): Answer =>
    json(200, { access_token: 'AT-SECRET', token_type: 'Bearer', id_token })
  const table: [what: string, answer: Answer, code: string][] = [
    ['another nonce', answerWith(await provider.idToken({ ...good, nonce: 'OLD' })), 'login_misconfigured'],
    ['no nonce', answerWith(await provider.idToken({ sub: 'alice' })), 'login_misconfigured'],
    [
      'another issuer',
      answerWith(await provider.idToken({ ...good, iss: 'https://evil.example' })),
      'login_misconfigured',
    ],
    [
      'another audience',
      answerWith(await provider.idToken({ ...good, aud: 'other' })),
      'login_misconfigured',
    ],
    [
      'two audiences without azp',
      answerWith(await provider.idToken({ ...good, aud: ['0oa1b2c3d4', 'other'] })),
      'login_misconfigured',
    ],
    ['a forged signature', answerWith(`${header}.${payload}.${'A'.repeat(86)}`), 'login_misconfigured'],
    ['alg none', answerWith(none), 'login_misconfigured'],
    ['no ID token', answerWith(), 'login_misconfigured'],
    ['a used code', json(400, { error: 'invalid_grant' }), 'invalid_callback'],
    ['a wrong secret', json(401, { error: 'invalid_client' }), 'login_misconfigured'],
    ['a rate limit', json(429, {}), 'provider_unavailable'],
    ['a broken provider', json(500, {}), 'provider_unavailable'],
  ]
  for (const [what, answer, code] of table) {
    provider.answers.set('/token', answer)
    const error = await finishLogin(context, new URL(`${CALLBACK}?code=CODE&state=STATE`), completion).catch(
      (e) => e,
    )
    t.equal(error.code, code, what)
    t.notMatch(`${error.reason}`, /AT-SECRET|CODE|STATE|CLIENT-SECRET|NONCE/, what)
  }
})

test('a login whose signature cannot be checked now is tried again, not misconfigured', async (t) => {
  const provider = await startTinyProvider(t)
  const id_token = await provider.idToken({ sub: 'alice', nonce: 'NONCE' })
  provider.answers.set('/token', json(200, { access_token: 'AT', token_type: 'Bearer', id_token }))
  const login = () =>
    finishLogin(provider.context(), new URL(`${CALLBACK}?code=CODE&state=STATE`), completion)
  const keys = provider.answers.get('/keys') ?? json(404, {})
  for (const answer of [json(503, {}), json(404, {}), json(200, {})]) {
    provider.answers.set('/keys', answer)
    await t.rejects(login(), { code: 'provider_unavailable', reason: /the keys of .* cannot be had/ })
  }
  provider.answers.set('/keys', json(200, { keys: [] }))
  await t.rejects(login(), { code: 'login_misconfigured', reason: /no applicable key/ })
  provider.answers.set('/keys', keys)
  t.match(await login(), { identity: { sub: 'alice' } })
})
