import { test } from 'tap'
import { DoorwardError } from '../../src/errors.js'
import { verifyLogoutToken } from '../../src/oidc/logout-token.js'
import { LOGOUT_EVENTS } from '../fixtures/okta/security-tokens.js'
import { startTinyProvider } from './tiny-provider.js'

async function startVerifying(t: Parameters<typeof startTinyProvider>[0]) {
  const provider = await startTinyProvider(t)
  const issuer_aliases = ['https://login.acme.example']
  const context = provider.context({ tenant: { issuer_aliases } })
  const now = context.now() / 1000
  return {
    provider,
    now,
    verify: async (claims: Record<string, unknown>) => {
      const usual = { events: LOGOUT_EVENTS, jti: 'j', sub: 'alice', iat: now, exp: now + 120 }
      return verifyLogoutToken(context, await provider.idToken({ ...usual, ...claims }))
    },
  }
}

test('a logout token says whose sessions end, under each spelling of the issuer', async (t) => {
  const { provider, verify } = await startVerifying(t)
  t.match(await verify({}), { jti: 'j', sub: 'alice', subjects: [{ sub: 'alice' }] })
  const subjects = [provider.issuer, 'https://login.acme.example'].map((iss) => ({ iss, sid: 's' }))
  t.same((await verify({ sid: 's' })).subjects, subjects)
  t.same((await verify({ sid: 's', sub: undefined })).subjects, subjects)
})

test('its time is judged by the clock, a minute more or less', async (t) => {
  const { now, verify } = await startVerifying(t)
  for (const times of [
    { iat: now + 60 },
    { iat: now - 600 - 60 },
    { exp: now - 59 },
    { exp: now + 1_000_000 },
    { nbf: now + 60 },
  ]) {
    await t.resolves(verify(times), JSON.stringify(times))
  }
  for (const times of [
    { iat: now + 61 },
    { iat: now - 600 - 61 },
    { exp: now - 60 },
    { nbf: now + 61 },
    { iat: 'now' },
  ]) {
    await t.rejects(verify(times), { code: 'invalid_request' }, JSON.stringify(times))
  }
})

test('it is remembered for as long as it would be accepted', async (t) => {
  const { now, verify } = await startVerifying(t)
  t.equal((await verify({})).refused_from, (now + 120 + 60 + 1) * 1000)
  t.equal((await verify({ exp: now + 86_400 })).refused_from, (now + 600 + 60 + 1) * 1000)
  t.equal((await verify({ iat: now - 660 })).refused_from, (now + 1) * 1000)
})

test('a provider that cannot be asked is no reason to refuse', async (t) => {
  const { provider, verify } = await startVerifying(t)
  provider.answers.delete('/keys')
  await t.rejects(verify({}), { code: 'provider_unavailable' })
})

test('garbage causes no call', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  for (const jwt of ['', 'x', '..', `${btoa('{"typ":"at+jwt"}')}.e30.x`, `${btoa('{"typ":7}')}.e30.x`]) {
    await t.rejects(verifyLogoutToken(context, jwt), DoorwardError)
  }
  t.same(provider.requests, [])
})
