import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { test } from 'tap'
import { startKeys } from './key-set-fixture.js'
import { json } from './tiny-provider.js'

test('only asymmetric algorithms that the provider advertises are taken', async (t) => {
  const published = { a: 'ES256', r: 'RS256', p: 'PS256', d: 'Ed25519' }
  const { verify, sign, publicKey } = await startKeys(t, {
    algorithms: ['ES256', 'RS256', 'HS256', 'none'],
    published,
  })
  t.match(await verify(await sign('a')), { sub: 'alice' })
  t.match(await verify(await sign('r')), { sub: 'alice' })
  const payload = base64url.encode('{"sub":"alice"}')
  const secrets = [
    new TextEncoder().encode(await exportSPKI(publicKey('r'))),
    new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey('r')))),
    base64url.decode((await exportJWK(publicKey('r'))).n ?? ''),
  ]
  const hostile = [
    `${base64url.encode('{"alg":"none"}')}.${payload}.`,
    `${base64url.encode('{"alg":"none","kid":"a"}')}.${payload}.`,
    `${base64url.encode('{"alg":"None","kid":"a"}')}.${payload}.${base64url.encode('x')}`,
    `${base64url.encode('{"kid":"a"}')}.${payload}.x`,
    await sign('p'),
    await sign('d'),
    ...(await Promise.all(
      secrets.map((secret) =>
        new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg: 'HS256', kid: 'r' }).sign(secret),
      ),
    )),
  ]
  for (const jwt of hostile) {
    await t.rejects(verify(jwt), { code: /^ERR_(JOSE_ALG_NOT_ALLOWED|JWS_INVALID)$/ }, jwt.slice(0, 40))
  }
  const forged = await sign('a', {}, (await generateKeyPair('ES256')).privateKey)
  await t.rejects(verify(forged), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
})

test('the key of a token is never taken from the token', async (t) => {
  const { verify, sign, issuer, answers, requests } = await startKeys(t)
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  answers.set('/evil', json(200, { keys: [{ ...jwk, kid: 'a' }] }))
  for (const header of [{ jwk }, { jku: `${issuer}/evil` }]) {
    const code = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'
    await t.rejects(verify(await sign('a', header, privateKey)), { code })
  }
  t.ok(requests.every(({ line }) => line === 'GET /keys'))
})

test('without a kid there must be one key only', async (t) => {
  const { verify, sign, publish, pass } = await startKeys(t, { published: { a: 'ES256', b: 'ES256' } })
  const nameless = await sign('a', { kid: undefined } as object)
  await t.rejects(verify(nameless), { code: 'ERR_JWKS_MULTIPLE_MATCHING_KEYS' })
  await publish(['a'])
  pass(300_000)
  t.match(await verify(nameless), { sub: 'alice' })
})
