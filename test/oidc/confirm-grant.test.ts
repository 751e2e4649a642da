import { test } from 'tap'
import { confirmGrant } from '../../src/oidc/confirm-grant.js'
import { json, startTinyProvider } from './tiny-provider.js'

const grant = {
  identity: { sub: 'alice', claims: { sub: 'alice', email: 'old@acme.example', name: 'Alice' } },
  tokens: { access_token: 'AT-2', refresh_token: 'RT-2', id_token: 'IT-1', expires_at: 1 },
}
const old = grant.identity

test('an ID token says anew who it is, and stays as the hint for the sign-out', async (t) => {
  const provider = await startTinyProvider(t)
  const id_token = await provider.idToken({ sub: 'alice', email: 'new@acme.example' })
  t.same(await confirmGrant(provider.context(), grant, id_token), {
    kind: 'confirmed',
    id_token,
    identity: { sub: 'alice', claims: { iss: provider.issuer, sub: 'alice', email: 'new@acme.example' } },
  })
})

test('without one, what was known stays', async (t) => {
  const provider = await startTinyProvider(t)
  const confirmation = { kind: 'confirmed', id_token: 'IT-1', identity: old }
  t.same(await confirmGrant(provider.context(), grant, undefined), confirmation)
  t.same(provider.requests, [])
})

test('UserInfo is asked with the new token, and missed without harm', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context({ neededClaims: ['groups'] })
  const idToken = await provider.idToken({ sub: 'alice', email: 'new@acme.example' })
  for (const answer of [json(500, {}), json(200, { sub: 'mallory', groups: ['x'] }), () => undefined]) {
    provider.answers.set('/userinfo', answer)
    const confirmation = await confirmGrant(context, grant, idToken)
    const claims = { ...old.claims, iss: provider.issuer, email: 'new@acme.example' }
    t.same(confirmation, { kind: 'confirmed', id_token: idToken, identity: { sub: 'alice', claims } })
    t.match(await confirmGrant(context, grant, undefined), { kind: 'confirmed', identity: old })
  }
  provider.answers.set('/userinfo', json(200, { sub: 'alice', groups: ['a'] }))
  const { identity } = { identity: undefined, ...(await confirmGrant(context, grant, idToken)) }
  const claims = { iss: provider.issuer, sub: 'alice', email: 'new@acme.example', groups: ['a'] }
  t.same(identity, { sub: 'alice', claims }, 'a claim that nobody names any more is gone')
  t.equal(provider.requests.at(-1)?.authorization, 'Bearer AT-2')
})

test('another subject ends it, but only when the provider has said so', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  const ofMallory = await provider.idToken({ sub: 'mallory' })
  t.match(await confirmGrant(context, grant, ofMallory), { kind: 'ended', reason: /another subject/ })
  const forged = `${ofMallory.slice(0, -8)}AAAAAAAA`
  t.match(await confirmGrant(context, grant, forged), { kind: 'unconfirmed', reason: /signature/ })
})

test('an ID token that cannot be trusted confirms nothing and ends nothing', async (t) => {
  const provider = await startTinyProvider(t)
  const now = Math.floor(Date.now() / 1000)
  const claims: [what: string, claims: object, reason: RegExp][] = [
    ['another issuer', { iss: 'https://evil.example' }, /names the issuer "https:..evil/],
    ['another audience', { aud: 'other' }, /"aud"/],
    ['no audience', { aud: undefined }, /"aud"/],
    ['two audiences without azp', { aud: ['0oa1b2c3d4', 'other'] }, /azp/],
    ['two audiences with the azp of another', { aud: ['0oa1b2c3d4', 'other'], azp: 'other' }, /azp/],
    ['the azp of another', { azp: 'other' }, /azp/],
    ['expired', { exp: now - 60 }, /"exp"/],
    ['no expiry', { exp: undefined }, /"exp"/],
    ['an expiry as text', { exp: `${now}` }, /"exp"/],
    ['no iat', { iat: undefined }, /"iat"/],
    ['not yet valid', { nbf: now + 600 }, /"nbf"/],
    ['no sub', { sub: undefined }, /"sub"/],
    ['an empty sub', { sub: '' }, /empty sub/],
    ['a sub that is no text', { sub: 7 }, /sub/],
  ]
  for (const [what, said, reason] of claims) {
    const idToken = await provider.idToken({ sub: 'alice', ...said })
    t.match(await confirmGrant(provider.context(), grant, idToken), { kind: 'unconfirmed', reason }, what)
  }
  for (const garbage of ['', 'x', 'a.b.c', 'a.b.c.d.e', '..']) {
    t.match(await confirmGrant(provider.context(), grant, garbage), { kind: 'unconfirmed' }, `"${garbage}"`)
  }
  const context = { ...provider.context(), now: () => (now - 600) * 1000 }
  const early = await confirmGrant(context, grant, await provider.idToken({ sub: 'alice' }))
  t.match(early, { kind: 'unconfirmed', reason: /from the future/ })
  const shared = await provider.idToken({ sub: 'alice', aud: ['other', '0oa1b2c3d4'], azp: '0oa1b2c3d4' })
  t.match(await confirmGrant(provider.context(), grant, shared), { kind: 'confirmed' })
})

test('it never rejects, also without keys, discovery or a provider', async (t) => {
  const provider = await startTinyProvider(t)
  const idToken = await provider.idToken({ sub: 'alice' })
  provider.answers.set('/keys', () => undefined)
  const unconfirmed = { kind: 'unconfirmed', reason: /the keys of .* cannot be had/ }
  t.match(await confirmGrant(provider.context(), grant, idToken), unconfirmed)
  const connection = () => Promise.reject(new Error('no discovery'))
  const context = { ...provider.context(), provider: { connection } }
  t.match(await confirmGrant(context, grant, idToken), { kind: 'unconfirmed', reason: /no discovery/ })
  await provider.close()
  t.match(await confirmGrant(provider.context(), grant, idToken), unconfirmed)
})

test('what the sign-in has proved stays proved, also where the refreshed ID token does not repeat it', async (t) => {
  const provider = await startTinyProvider(t)
  const proof = { acr: '2fa', amr: ['mfa'], auth_time: 100, sid: 's' }
  const claims = { ...old.claims, ...proof, groups: ['gone'] }
  const idToken = await provider.idToken({ sub: 'alice' })
  const { identity } = {
    identity: undefined,
    ...(await confirmGrant(provider.context(), { ...grant, identity: { sub: 'alice', claims } }, idToken)),
  }
  t.same(identity?.claims, { ...proof, iss: provider.issuer, sub: 'alice' })
})
