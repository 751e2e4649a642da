import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { test } from 'tap'
import { createKeySet } from '../../src/oidc/key-set.js'
import { startKeys } from './key-set-fixture.js'
import { json, startTinyProvider } from './tiny-provider.js'

const NO_KEY = { code: 'ERR_JWKS_NO_MATCHING_KEY' }
const UNAVAILABLE = { code: 'provider_unavailable' }

test('a token is verified with the key it names, fetched once from the very jwks_uri', async (t) => {
  const provider = await startTinyProvider(t)
  const keys = provider.answers.get('/keys') ?? json(404, {})
  const path = '/oauth2/v1/keys?client_id=0oa1b2c3d4&x=%41'
  provider.answers.set(path, keys)
  const metadata = {
    issuer: provider.issuer,
    jwks_uri: provider.issuer + path,
    id_token_signing_alg_values_supported: ['ES256'],
  }
  const keySet = createKeySet(metadata, { now: Date.now, timeout: 1 })
  const jwt = await provider.idToken({ sub: 'alice' })
  const all = await Promise.all(Array.from({ length: 20 }, () => keySet.verify(jwt, {})))
  t.ok(all.every(({ sub }) => sub === 'alice'))
  t.same(
    provider.requests.map(({ line }) => line),
    [`GET ${path}`],
  )
  await t.rejects(keySet.verify(jwt, { audience: 'other' }), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
})

test('forged keys cause one call a minute, however many and whatever it brings', async (t) => {
  const { verify, sign, calls, pass, answers } = await startKeys(t)
  const forged = await Promise.all(Array.from({ length: 50 }, (_, i) => sign('a', { kid: `forged-${i}` })))
  const flood = () => Promise.all(forged.map((jwt) => t.rejects(verify(jwt))))
  await flood()
  t.equal(calls(), 1)
  pass(59_999)
  await flood()
  t.equal(calls(), 1)
  pass(1)
  await flood()
  t.equal(calls(), 2)
  t.match(await verify(await sign('a')), { sub: 'alice' })
  for (const answer of [json(503, {}), () => undefined]) {
    const before = calls()
    answers.set('/keys', answer)
    pass(60_000)
    await flood()
    await flood()
    t.equal(calls(), before + 1, 'the call is counted when it begins')
    t.match(await verify(await sign('a')), { sub: 'alice' }, 'known keys go on')
  }
})

test('a rotated key is found, and one that was dropped counts no more', async (t) => {
  const keys = await startKeys(t, { published: { a: 'ES256', b: 'ES256' } })
  const { verify, sign, pass, publish } = keys
  await publish(['a'])
  t.match(await verify(await sign('a')), { sub: 'alice' })
  await publish(['b'])
  await t.rejects(verify(await sign('b')), NO_KEY)
  pass(60_000)
  t.match(await verify(await sign('b')), { sub: 'alice' })
  await t.rejects(verify(await sign('a')), NO_KEY)
  await publish(['a'])
  pass(299_999)
  t.match(await verify(await sign('b')), { sub: 'alice' })
  pass(1)
  await t.rejects(verify(await sign('b')), NO_KEY)
})

test('while the keys cannot be had, known ones go on and others are not judged', async (t) => {
  const { verify, sign, pass, answers, calls } = await startKeys(t)
  const good = answers.get('/keys') ?? json(404, {})
  answers.set('/keys', json(500, {}))
  await t.rejects(verify(await sign('a')), UNAVAILABLE)
  await t.rejects(verify(await sign('a')), UNAVAILABLE)
  t.equal(calls(), 1, 'not at once again')
  answers.set('/keys', good)
  pass(1000)
  t.match(await verify(await sign('a')), { sub: 'alice' }, 'but soon')
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  answers.set('/evil', json(200, { keys: [{ ...(await exportJWK(publicKey)), kid: 'new' }] }))
  for (const answer of [
    json(500, {}),
    json(200, { keys: 'none' }),
    json(200, null),
    json(302, {}, { location: '/evil' }),
    () => undefined,
    json(200, { keys: [], padding: 'x'.repeat(1_048_576) }),
  ]) {
    answers.set('/keys', answer)
    pass(86_400_000)
    t.match(await verify(await sign('a')), { sub: 'alice' })
    await t.rejects(verify(await sign('a', { kid: 'new' }, privateKey)), UNAVAILABLE)
  }
})

test('whoever comes while the first call hangs waits for it', async (t) => {
  const { verify, sign, pass, answers, calls, outcomes } = await startKeys(t)
  answers.set('/keys', () => undefined)
  const jwt = await sign('a')
  const waiting = [verify(jwt)]
  pass(5000)
  waiting.push(verify(jwt))
  await Promise.all(waiting.map((verification) => t.rejects(verification, UNAVAILABLE)))
  t.equal(calls(), 1)
  t.same(outcomes, ['jwks: timeout'])
})

test('keys are not taken from where anybody could put them', async (t) => {
  const { idToken, issuer, requests } = await startTinyProvider(t)
  for (const jwks_uri of [undefined, 'keys', `${issuer}/keys`]) {
    const metadata = { issuer: 'https://acme.example', ...(jwks_uri === undefined ? {} : { jwks_uri }) }
    const keySet = createKeySet(metadata, { now: Date.now, timeout: 1 })
    await t.rejects(keySet.verify(await idToken({}), {}), { code: /./ })
    const jwt = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .sign((await generateKeyPair('RS256')).privateKey)
    await t.rejects(keySet.verify(jwt, {}), { ...UNAVAILABLE, reason: /jwks_uri/ }, String(jwks_uri))
  }
  t.same(requests, [])
})
