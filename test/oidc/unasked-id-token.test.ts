import { createHmac } from 'node:crypto'
import { test } from 'tap'
import type { ClientContext } from '../../src/oidc/client-context.js'
import { readUnaskedIdToken } from '../../src/oidc/unasked-id-token.js'
import { json, startTinyProvider, type TinyProvider } from './tiny-provider.js'

const seconds = () => Math.floor(Date.now() / 1000)
const contextOf = (provider: TinyProvider): ClientContext => ({ ...provider.context(), now: Date.now })

test('an unasked ID token names whom to sign in', async (t) => {
  const provider = await startTinyProvider(t)
  const read = async (claims: object) =>
    readUnaskedIdToken(contextOf(provider), await provider.idToken({ sub: '00u1', jti: 'ID.1', ...claims }))
  const email = 'alice@acme.example'
  t.same(await read({ preferred_username: 'alice', email }), { once: 'jti:ID.1', loginHint: 'alice' })
  t.equal((await read({ email })).loginHint, email)
  t.equal((await read({ preferred_username: '', email })).loginHint, email)
  t.equal((await read({ preferred_username: { name: 'alice' } })).loginHint, undefined)
  t.equal((await read({ iat: seconds() - 295 })).loginHint, undefined)
})

test('without a jti, each copy has the same name and another token another', async (t) => {
  const provider = await startTinyProvider(t)
  const context = contextOf(provider)
  const iat = seconds()
  const first = await provider.idToken({ sub: '00u1', iat })
  // ECDSA signs with a random number: the same claims, another signature.
  const again = await provider.idToken({ sub: '00u1', iat })
  t.not(first, again)
  const { once } = await readUnaskedIdToken(context, first)
  t.match(once, /^sha256:[\w-]{43}$/)
  t.equal((await readUnaskedIdToken(context, again)).once, once)
  const other = await provider.idToken({ sub: '00u2', iat })
  t.not((await readUnaskedIdToken(context, other)).once, once)
})

test('an unasked ID token that is not to be trusted is refused', async (t) => {
  const provider = await startTinyProvider(t)
  const context = contextOf(provider)
  const good = await provider.idToken({ sub: '00u1' })
  const [header, payload] = good.split('.')
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unsigned = `${encode({ alg: 'HS256', kid: 'k' })}.${payload}`
  const hmac = createHmac('sha256', 'CLIENT-SECRET').update(unsigned).digest('base64url')
  const table: [what: string, jwt: string, reason: RegExp][] = [
    ['a forged signature', `${header}.${payload}.${'A'.repeat(86)}`, /signature/],
    ['other claims', `${header}.${encode({ sub: '00u2' })}.${good.split('.')[2]}`, /signature/],
    ['HS256', `${unsigned}.${hmac}`, /alg/],
    ['alg none', `${encode({ alg: 'none' })}.${payload}.`, /alg/],
    ['nonsense', 'e30', /Invalid/],
    ['nothing', '', /Invalid/],
    ['another issuer', await provider.idToken({ sub: 'x', iss: 'https://evil.example' }), /issuer/],
    ['another client', await provider.idToken({ sub: 'x', aud: 'other' }), /aud/],
    ['another party', await provider.idToken({ sub: 'x', azp: 'other' }), /azp/],
    ['expired', await provider.idToken({ sub: 'x', exp: seconds() - 31 }), /exp/],
    ['from the future', await provider.idToken({ sub: 'x', iat: seconds() + 310 }), /future/],
    ['old', await provider.idToken({ sub: 'x', iat: seconds() - 301 }), /more than 5 minutes ago/],
    ['of another sign-in', await provider.idToken({ sub: 'x', nonce: 'N' }), /has a nonce/],
    ['nobody', await provider.idToken({ sub: '' }), /sub/],
  ]
  for (const [what, jwt, reason] of table) {
    await t.rejects(readUnaskedIdToken(context, jwt), { code: 'invalid_callback', reason }, what)
  }
})

test('without keys nothing is told of the token', async (t) => {
  const provider = await startTinyProvider(t)
  provider.answers.set('/keys', json(503, {}))
  const jwt = await provider.idToken({ sub: '00u1' })
  await t.rejects(readUnaskedIdToken(contextOf(provider), jwt), { code: 'provider_unavailable' })
})
