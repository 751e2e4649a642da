import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { calculateJwkThumbprint, createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { test } from 'tap'
import { Secret } from '../../src/config/secret.js'
import { DoorwardError } from '../../src/errors.js'
import { NO_KEYS } from '../../src/keys/signing-keys.js'
import { finishLogin } from '../../src/oidc/callback.js'
import { createFileKeys } from '../../src/oidc/client-key-file.js'
import { redeemRefreshToken } from '../../src/oidc/refresh-grant.js'
import type { LoginTransaction } from '../../src/oidc/transaction.js'
import { json, startTinyProvider } from './tiny-provider.js'

const makeRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const makeEc = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const pem = (key: ReturnType<typeof makeRsa>) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

test('an assertion is for the very endpoint, short-lived, single, and verifiable with what is published', async (t) => {
  for (const [alg, key] of [['RS256', makeRsa()] as const, ['ES256', makeEc()] as const]) {
    const { context, issuer, answers, requests } = await startTinyProvider(t)
    answers.set('/token', json(400, { error: 'invalid_grant' }))
    answers.set('/revoke', json(200, {}))
    const keys = createFileKeys(Secret.of(pem(key)))
    const { provider, now } = context({
      keys,
      tenant: { client_secret: [], token_endpoint_auth_method: 'private_key_jwt' },
      metadata: { revocation_endpoint: `${issuer}/revoke` },
    })
    const { configuration } = await provider.connection()
    await client.refreshTokenGrant(configuration, 'RT').catch(() => undefined)
    await client.tokenRevocation(configuration, 'RT')
    const jwks = createLocalJWKSet({ keys: [...(await keys.published())] })
    const seen = new Set<unknown>()
    for (const { line, body, authorization } of requests) {
      const form = new URLSearchParams(body)
      t.equal(authorization, undefined)
      t.equal(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      const { payload, protectedHeader } = await jwtVerify(form.get('client_assertion') ?? '', jwks, {
        currentDate: new Date(now()),
        audience: issuer + line.replace('POST ', ''),
        issuer: '0oa1b2c3d4',
        subject: '0oa1b2c3d4',
        requiredClaims: ['jti', 'iat', 'exp'],
      })
      t.type(payload.aud, 'string')
      t.ok((payload.exp ?? 0) - (payload.iat ?? 0) <= 300)
      t.equal(payload.iat, Math.floor(now() / 1000))
      const [published] = await keys.published()
      t.same(protectedHeader, { alg, kid: await calculateJwkThumbprint(published ?? {}) })
      seen.add(payload.jti)
    }
    t.equal(seen.size, 2)
  }
})

test('a key file that changes is followed, and its own name for the key is kept', async (t) => {
  const file = `${t.testdir({ key: pem(makeEc()) })}/key`
  const keys = createFileKeys(Secret.fromFile(file))
  const [before] = await keys.signing()
  t.equal((await keys.signing())[0], before, 'read once')
  writeFileSync(file, JSON.stringify({ ...makeRsa().export({ format: 'jwk' }), kid: 'mine' }))
  t.match(await keys.signing(), [{ kid: 'mine', alg: 'RS256' }])
  t.match(await keys.published(), [{ kid: 'mine', alg: 'RS256', kty: 'RSA', use: 'sig' }])
})

test('nothing private is published', async (t) => {
  const jwk = { ...makeRsa().export({ format: 'jwk' }), kid: 'mine', more: 's3cret' }
  for (const text of [JSON.stringify(jwk), pem(makeRsa()), pem(makeEc())]) {
    const [published = {}] = await createFileKeys(Secret.of(text)).published()
    const names = published.kty === 'RSA' ? ['n', 'e'] : ['crv', 'x', 'y']
    t.same(Object.keys(published).sort(), ['kty', 'kid', 'alg', 'use', ...names].sort())
  }
  t.same(await NO_KEYS.published(), [])
})

test('a provider that does not know the new key is shown the one before, with another assertion', async (t) => {
  const { context, answers, requests } = await startTinyProvider(t)
  const [next] = await createFileKeys(Secret.of(pem(makeEc()))).signing()
  const [last] = await createFileKeys(Secret.of(pem(makeEc()))).signing()
  const keys = { ...NO_KEYS, signing: async () => [next, last].filter((key) => key !== undefined) }
  const assertionIn = (body: string) => new URLSearchParams(body).get('client_assertion') ?? ''
  answers.set('/token', (response, request) => {
    const isKnown = decodeProtectedHeader(assertionIn(request.body)).kid === last?.kid
    const answer = isKnown ? json(400, { error: 'invalid_grant' }) : json(401, { error: 'invalid_client' })
    answer(response, request)
  })
  const tenant = { client_secret: [], token_endpoint_auth_method: 'private_key_jwt' as const }
  const { configuration } = await context({ keys, tenant }).provider.connection()
  const refresh = () => client.refreshTokenGrant(configuration, 'RT').catch((error) => error.error)
  t.equal(await refresh(), 'invalid_grant')
  t.equal(await refresh(), 'invalid_grant')
  const assertions = requests.map(({ body }) => assertionIn(body))
  t.same(
    assertions.map((jwt) => decodeProtectedHeader(jwt).kid),
    [next?.kid, last?.kid, last?.kid],
  )
  t.equal(new Set(assertions.map((jwt) => decodeJwt(jwt).jti)).size, 3)
})

test('keys that cannot be had are no misconfigured sign-in, and end no session', async (t) => {
  const provider = await startTinyProvider(t)
  const away = new DoorwardError('session_store_unavailable', { reason: 'the store is away' })
  const context = provider.context({
    keys: { ...NO_KEYS, signing: () => Promise.reject(away) },
    tenant: { client_secret: [], token_endpoint_auth_method: 'private_key_jwt' },
  })
  const transaction: LoginTransaction = {
    kind: 'login',
    state: 'S',
    nonce: 'N',
    code_verifier: 'v'.repeat(43),
    return_to: '/',
    started_at: 0,
    recent_logins: [],
  }
  const response = new URL('https://acme.example.com/oauth2/callback?code=C&state=S')
  await t.rejects(finishLogin(context, response, { transaction, abandon: () => undefined }), {
    code: 'session_store_unavailable',
  })
  const held = {
    identity: { sub: 'alice', claims: {} },
    tokens: { access_token: 'AT', refresh_token: 'RT', id_token: 'IT', expires_at: 1 },
  }
  t.match(await redeemRefreshToken(context, held), {
    kind: 'failed',
    concerns: 'tenant',
    reason: /the store is away/,
  })
  t.same(provider.requests, [])
})
