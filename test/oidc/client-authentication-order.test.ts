import { generateKeyPairSync } from 'node:crypto'
import { decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { test } from 'tap'
import { NO_KEYS, type SigningKey } from '../../src/keys/signing-keys.js'
import { createClientAuthentication } from '../../src/oidc/client-authentication.js'
import { credentialsOf } from '../../src/oidc/client-credentials.js'
import { tenantConfig } from '../tenant/tenant-config.js'
import { INVALID_CLIENT, startClient } from './client-authentication-fixture.js'

test('one stray refusal does not take away what worked', async (t) => {
  // With a character whose form-encoding is another text, so that there are four ways to say it.
  const { state, refresh, seen } = await startClient(t, ['n%w', 'o%d'])
  state.accepted = 'o%d'
  await refresh()
  t.same(seen(), ['n%w', 'o%d'])
  for (const stray of [1, 2, 3]) {
    state.accepted = 'neither'
    await t.rejects(refresh())
    t.equal(seen()[0], 'o%d')
    state.accepted = 'o%d'
    await refresh()
    t.same(seen(), ['o%d'], `after ${stray}`)
  }
})

test('what one endpoint refuses is not left alone at another', async (t) => {
  const { state, refresh, revoke, seen } = await startClient(t, ['NEW', 'OLD'])
  state.accepted = 'neither'
  await t.rejects(revoke())
  t.same(seen(), ['NEW', 'OLD'])
  state.accepted = 'OLD'
  await refresh()
  t.same(seen(), ['NEW', 'OLD'])
})

test('the second call has a time of its own: the provider carries it out, whether or not it is awaited', async (t) => {
  const { answers, judge, state, refresh, seen } = await startClient(
    t,
    ['NEW', 'OLD'],
    'client_secret_basic',
    3,
  )
  state.accepted = 'OLD'
  answers.set('/token', (response, request) => setTimeout(() => judge(response, request), 1600))
  await refresh()
  t.same(seen(), ['NEW', 'OLD'], 'each within its three seconds, both together not')
})

test('of two keys the first signs, and the one before only while the first is refused', async (t) => {
  let now = 1_800_000_000_000
  const [before, after] = ['before', 'after'].map(
    (kid): SigningKey => ({
      kid,
      alg: 'ES256',
      key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    }),
  ) as [SigningKey, SigningKey]
  let signing = [before]
  let refused: string[] = []
  const seen: (string | undefined)[] = []
  const issuer = 'https://idp.example.com'
  const tenant = tenantConfig({ issuer, client_secret: [], token_endpoint_auth_method: 'private_key_jwt' })
  const keys = { ...NO_KEYS, signing: async () => signing }
  const candidates = () => credentialsOf(tenant, { keys, now: () => now })
  const { wrap, clientAuth } = createClientAuthentication({ candidates, now: () => now })
  const metadata = { issuer, token_endpoint: `${issuer}/token` }
  const configuration = new client.Configuration(metadata, '0oa1b2c3d4', {}, clientAuth)
  configuration[client.customFetch] = wrap(async (_url, { body }) => {
    const { kid } = decodeProtectedHeader((body as URLSearchParams).get('client_assertion') ?? '')
    seen.push(kid)
    return refused.includes(kid ?? '')
      ? Response.json(INVALID_CLIENT, { status: 401 })
      : Response.json({ access_token: 'AT', token_type: 'Bearer' })
  }, 1)
  const refresh = () => client.refreshTokenGrant(configuration, 'RT')

  await refresh()
  signing = [after, before]
  await refresh()
  t.same(seen.splice(0), ['before', 'after'], 'a promotion is followed at once')
  refused = ['after']
  await refresh()
  now += 29_999
  await refresh()
  t.same(
    seen.splice(0),
    ['after', 'before', 'before'],
    'a provider that does not know it is not asked each time',
  )
  refused = []
  now += 1
  await refresh()
  t.same(seen.splice(0), ['after'])
  refused = ['after', 'before']
  await t.rejects(refresh())
  refused = []
  await refresh()
  await refresh()
  t.same(seen, ['after', 'before', 'after', 'after'], 'and a stray refusal of both is over at once')
})
