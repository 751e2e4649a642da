import { test } from 'tap'
import { redeemRefreshToken } from '../../src/oidc/refresh-grant.js'
import { json, startTinyProvider } from './tiny-provider.js'

const held = {
  identity: { sub: 'alice', claims: { sub: 'alice', email: 'old@acme.example', name: 'Alice' } },
  tokens: { access_token: 'AT-1', refresh_token: 'RT-1', id_token: 'IT-1', expires_at: 1 },
}
const bare = { access_token: 'AT-2', token_type: 'Bearer', expires_in: 300 }

test('a refresh replaces what the provider sent and keeps the rest', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  const idToken = await provider.idToken({ sub: 'alice', email: 'new@acme.example' })
  const table: [what: string, answer: object, tokens: object, email: string][] = [
    [
      'all',
      { ...bare, refresh_token: 'RT-2', id_token: idToken },
      { refresh_token: 'RT-2', id_token: idToken },
      'new@acme.example',
    ],
    [
      'no refresh token',
      { ...bare, id_token: idToken },
      { refresh_token: 'RT-1', id_token: idToken },
      'new@acme.example',
    ],
    ['an access token alone', bare, { refresh_token: 'RT-1', id_token: 'IT-1' }, 'old@acme.example'],
    ['no expiry', { ...bare, expires_in: undefined }, { expires_at: undefined }, 'old@acme.example'],
  ]
  for (const [what, answer, tokens, email] of table) {
    provider.answers.set('/token', json(200, answer))
    const outcome = await redeemRefreshToken(context, held)
    t.match(outcome, { kind: 'refreshed', tokens: { access_token: 'AT-2', ...tokens } }, what)
    t.match(outcome, { identity: { sub: 'alice', claims: { email } } }, what)
    const { name } = outcome.kind === 'refreshed' ? outcome.identity.claims : {}
    t.equal(name, 'id_token' in answer ? undefined : 'Alice', 'a claim that the new ID token lacks is gone')
  }
  t.match(provider.requests[0]?.body, 'refresh_token=RT-1')
})

test('the expiry of the tokens counts from their arrival', async (t) => {
  const provider = await startTinyProvider(t)
  const context = { ...provider.context(), now: () => 1_000 }
  provider.answers.set('/token', json(200, bare))
  t.match(await redeemRefreshToken(context, held), { tokens: { expires_at: 301_000 } })
})

test('only invalid_grant and another subject end a session', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  const ofMallory = { ...bare, id_token: await provider.idToken({ sub: 'mallory' }) }
  const forged = { ...bare, id_token: `${(await provider.idToken({ sub: 'alice' })).slice(0, -8)}AAAAAAAA` }
  const elsewhere = { ...bare, id_token: await provider.idToken({ sub: 'alice', aud: 'another-client' }) }
  const table: [what: string, status: number, answer: object, kind: 'ended' | 'failed'][] = [
    ['invalid_grant', 400, { error: 'invalid_grant' }, 'ended'],
    ['another subject', 200, ofMallory, 'ended'],
    ['invalid_client', 401, { error: 'invalid_client' }, 'failed'],
    ['rate limit of Okta', 429, { errorCode: 'E0000047' }, 'failed'],
    ['an error of the provider', 500, {}, 'failed'],
    ['invalid_request', 400, { error: 'invalid_request' }, 'failed'],
    ['a forged ID token', 200, forged, 'failed'],
    ['an ID token for another client', 200, elsewhere, 'failed'],
    ['no access token', 200, { id_token: 'x' }, 'failed'],
  ]
  for (const [what, status, answer, kind] of table) {
    provider.answers.set('/token', json(status, answer))
    const outcome = await redeemRefreshToken(context, held)
    t.match(outcome, { kind, reason: /./ }, what)
    t.notMatch(JSON.stringify(outcome), /RT-1|AT-|CLIENT-SECRET/, what)
  }
})

test('a rotated token is not lost for want of UserInfo', async (t) => {
  const provider = await startTinyProvider(t)
  provider.answers.set('/token', json(200, { ...bare, refresh_token: 'RT-2' }))
  const context = provider.context({ neededClaims: ['email'] })
  for (const answer of [
    json(500, {}),
    json(200, { sub: 'mallory', email: 'm@evil.example' }),
    json(401, {}),
  ]) {
    provider.answers.set('/userinfo', answer)
    const outcome = await redeemRefreshToken(context, held)
    t.match(outcome, { kind: 'refreshed', tokens: { refresh_token: 'RT-2' } })
    t.match(outcome, { identity: { sub: 'alice', claims: { email: 'old@acme.example' } } })
  }
  provider.answers.set('/userinfo', json(200, { sub: 'alice', email: 'fresh@acme.example' }))
  t.match(await redeemRefreshToken(context, held), { identity: { claims: { email: 'fresh@acme.example' } } })
})

test('it never rejects, also without a token, a provider or a connection', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  const without = { ...held, tokens: { ...held.tokens, refresh_token: undefined } }
  t.match(await redeemRefreshToken(context, without), { kind: 'failed' })
  const configuration = () => Promise.reject(new Error('no discovery'))
  t.same(await redeemRefreshToken({ ...context, provider: { configuration } }, held), {
    kind: 'failed',
    reason: 'no discovery',
  })
  await provider.close()
  t.match(await redeemRefreshToken(context, held), { kind: 'failed', reason: /fetch failed/ })
})
