import { test } from 'tap'
import { redeemRefreshToken } from '../../src/oidc/refresh-grant.js'
import { json, startTinyProvider } from './tiny-provider.js'

const held = {
  identity: { sub: 'alice', claims: { sub: 'alice' } },
  tokens: { access_token: 'AT-1', refresh_token: 'RT-1', id_token: 'IT-1', expires_at: 1 },
}
const bare = { access_token: 'AT-2', token_type: 'Bearer', expires_in: 300 }
test('a refresh replaces what the provider sent, keeps the rest and judges nothing', async (t) => {
  const provider = await startTinyProvider(t)
  const context = { ...provider.context(), now: () => 1000 }
  const kept = { access_token: 'AT-2', refresh_token: 'RT-1', id_token: 'IT-1', expires_at: 301_000 }
  const rotated = { ...kept, refresh_token: 'RT-2' }
  const unknown = { expires_at: undefined }
  const table: [what: string, answer: object, tokens: object, received?: string][] = [
    ['all', { refresh_token: 'RT-2', id_token: 'IT-2' }, rotated, 'IT-2'],
    ['no refresh token', { id_token: 'IT-2' }, kept, 'IT-2'],
    ['an access token alone', {}, kept],
    ['an ID token of another type', { id_token: 7, refresh_token: 'RT-2' }, rotated],
    ['an encrypted ID token', { id_token: 'a.b.c.d.e', refresh_token: 'RT-2' }, rotated, 'a.b.c.d.e'],
    ['a refresh token of another type', { refresh_token: ['RT-2'] }, kept],
    ['an empty refresh token', { refresh_token: '' }, kept],
    ['no token_type', { token_type: undefined, refresh_token: 'RT-2' }, rotated],
    ['an unknown token_type', { token_type: 'mac', refresh_token: 'RT-2' }, rotated],
    ['an odd scope', { scope: ['openid'], refresh_token: 'RT-2' }, rotated],
    ['an expiry as text', { expires_in: '300' }, kept],
    ['no expiry', { expires_in: undefined }, { ...kept, ...unknown }],
    ['an odd expiry', { expires_in: 'soon', refresh_token: 'RT-2' }, { ...rotated, ...unknown }],
    ['an expiry of nothing', { expires_in: null }, { ...kept, ...unknown }],
    ['a negative expiry', { expires_in: -1 }, { ...kept, ...unknown }],
    ['an expiry in a thousand years', { expires_in: 31_536_000_000 }, { ...kept, ...unknown }],
  ]
  for (const [what, answer, tokens, received_id_token] of table) {
    provider.answers.set('/token', json(200, { ...bare, ...answer }))
    t.same(await redeemRefreshToken(context, held), { kind: 'refreshed', tokens, received_id_token }, what)
  }
  provider.answers.set('/token', json(201, { ...bare, refresh_token: 'RT-2' }))
  t.match(await redeemRefreshToken(context, held), { tokens: rotated }, 'a status that openid-client refuses')
  t.match(provider.requests[0]?.body, 'refresh_token=RT-1')
  t.ok(
    provider.requests.every(({ line }) => line === 'POST /token'),
    'nothing else was asked',
  )
})

test('a session that is not to have refresh tokens is given none', async (t) => {
  const provider = await startTinyProvider(t)
  provider.answers.set('/token', json(200, { ...bare, refresh_token: 'RT-2' }))
  const context = provider.context({ tenant: { refresh_tokens: false } })
  t.match(await redeemRefreshToken(context, held), { tokens: { refresh_token: undefined } })
})

test('an answer that takes longer than other calls may is waited for', async (t) => {
  const provider = await startTinyProvider(t)
  const within = (refresh: number) => provider.context({ timeouts: { call: 0.1, refresh } })
  provider.answers.set('/token', (response, request) => {
    setTimeout(() => json(200, { ...bare, refresh_token: 'RT-2' })(response, request), 400)
  })
  const refreshed = { kind: 'refreshed', tokens: { refresh_token: 'RT-2' } }
  t.match(await redeemRefreshToken(within(10), held), refreshed)
  provider.answers.set('/token', () => undefined)
  t.match(await redeemRefreshToken(within(0.5), held), {
    kind: 'failed',
    reason: /timed out/,
    concerns: 'tenant',
  })
})
