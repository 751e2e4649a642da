import type { IDToken, UserInfoResponse } from 'openid-client'
import { test } from 'tap'
import { toIdentity } from '../../src/oidc/claims.js'

const idToken: IDToken = {
  iss: 'https://acme.okta.example',
  sub: 'alice',
  aud: 'client',
  azp: 'client',
  exp: 2,
  iat: 1,
  nonce: 'nonce',
  at_hash: 'hash',
  auth_time: 1,
  sid: 'sid-1',
  email: 'id-token@acme.example',
  groups: ['admins'],
}
const userInfo: UserInfoResponse = {
  sub: 'alice',
  email: 'user-info@acme.example',
  name: 'Alice',
  groups: ['staff'],
}
const previous = {
  sub: 'alice',
  claims: { sub: 'alice', email: 'old@acme.example', locale: 'de', name: 'Old' },
}

test('the ID token wins over UserInfo, and UserInfo over what was known before', async (t) => {
  t.same(toIdentity('alice', { previous, userInfo, idToken }), {
    sub: 'alice',
    claims: {
      iss: 'https://acme.okta.example',
      sub: 'alice',
      auth_time: 1,
      sid: 'sid-1',
      email: 'id-token@acme.example',
      name: 'Alice',
      locale: 'de',
      groups: ['admins'],
    },
  })
})

test('claims about the token are no claims about the person', async (t) => {
  const names = ['aud', 'azp', 'exp', 'iat', 'nbf', 'jti', 'nonce', 'at_hash', 'c_hash', 's_hash', 'ver']
  const token = { ...idToken, nbf: 1, jti: 'j', c_hash: 'c', s_hash: 's', ver: 1 } as IDToken
  const { claims } = toIdentity('alice', { idToken: token, userInfo: { ...userInfo, ...token } })
  t.same(
    names.filter((name) => name in claims),
    [],
  )
})

test('each source may be missing', async (t) => {
  t.same(toIdentity('alice', {}), { sub: 'alice', claims: { sub: 'alice' } })
  t.same(toIdentity('alice', { previous }), previous)
  t.equal(toIdentity('alice', { userInfo }).claims.name, 'Alice')
})

test('no claim replaces the subject, and a claim named __proto__ stays a claim', async (t) => {
  const hostile = JSON.parse('{"sub":"mallory","__proto__":{"admin":true},"constructor":"x"}')
  const { sub, claims } = toIdentity('alice', { userInfo: hostile })
  t.equal(sub, 'alice')
  t.equal(claims.sub, 'alice')
  t.equal(claims.admin, undefined)
  t.ok(Object.hasOwn(claims, '__proto__'))
  t.equal(claims.constructor, 'x')
})

test('UserInfo says nothing of the sign-in: what only the ID token proves satisfies rules', async (t) => {
  const told = {
    acr: 'urn:okta:loa:2fa:any',
    amr: ['mfa'],
    auth_time: 9,
    sid: 'other',
    iss: 'https://evil.example',
  }
  const { claims } = toIdentity('alice', { userInfo: { ...userInfo, ...told }, idToken })
  t.match(claims, { auth_time: 1, sid: 'sid-1', iss: idToken.iss, name: 'Alice' })
  t.notOk('acr' in claims)
  t.notOk('amr' in claims)
})
