import { test } from 'tap'
import { acceptsIssuer, isKnownIssuer, issuersOf } from '../../src/oidc/issuer.js'
import { createProvider } from '../../src/oidc/provider.js'
import { tenantConfig } from '../tenant/tenant-config.js'
import { json, startTinyProvider } from './tiny-provider.js'

const DISCOVERY = '/.well-known/openid-configuration'
const ISSUER = 'https://acme.okta.example'
const ALIAS = 'https://login.acme.example/oauth2/default'
const tenant = tenantConfig({ issuer: ISSUER, issuer_aliases: [ALIAS] })

test('an issuer is known by its names, and by nothing that looks like one', async (t) => {
  const table: [iss: string, ofMetadata: boolean, ofSignIn: boolean][] = [
    [ISSUER, true, true],
    [ALIAS, true, true],
    [`${ISSUER}/`, true, true],
    [`${ALIAS}/`, false, true],
    ['HTTPS://ACME.okta.example', true, false],
    [`${ISSUER}:443`, true, false],
    [`${ISSUER}//`, false, false],
    [`${ISSUER}/oauth2/default`, false, false],
    [`${ISSUER}.evil.example`, false, false],
    [`${ISSUER}@evil.example`, false, false],
    ['https://login.acme.example', false, false],
    ['http://acme.okta.example', false, false],
    ['x', false, false],
    ['', false, false],
  ]
  for (const [iss, ofMetadata, ofSignIn] of table) {
    t.equal(isKnownIssuer(tenant, iss), ofMetadata, `metadata of ${iss}`)
    t.equal(acceptsIssuer(tenant, iss), ofSignIn, `a sign-in from ${iss}`)
  }
  t.same(issuersOf(tenant, `${ISSUER}/`), [ISSUER, ALIAS, `${ISSUER}/`])
})

test("metadata of another issuer are refused with what to do about it, and taken once they are the tenant's", async (t) => {
  const { issuer, answers } = await startTinyProvider(t)
  const token_endpoint = `${issuer}/token`
  for (const other of ['https://evil.example', `${issuer}/other`, `${issuer}.evil.example`, 'x']) {
    answers.set(DISCOVERY, json(200, { issuer: other, token_endpoint }))
    let now = 0
    const provider = createProvider(tenantConfig({ issuer }), { now: () => now })
    const refusal = {
      code: 'login_misconfigured',
      reason: `discovery of ${issuer} found the issuer "${other}": if that is right, make it the tenant's issuer or one of its issuer_aliases`,
    }
    await t.rejects(provider.connection(), refusal)
    await t.rejects(provider.connection(), {
      code: 'login_misconfigured',
      reason: /it is tried again shortly/,
    })
    answers.set(DISCOVERY, json(200, { issuer, token_endpoint }))
    now += 1000
    t.equal((await provider.connection()).configuration.serverMetadata().issuer, issuer, 'and it recovers')
  }
  answers.set(DISCOVERY, json(200, { issuer: ALIAS, token_endpoint }))
  const { issuers, configuration } = await createProvider(tenantConfig({ issuer, issuer_aliases: [ALIAS] }), {
    now: Date.now,
  }).connection()
  t.same(issuers, [issuer, ALIAS])
  t.equal(configuration.serverMetadata().issuer, ALIAS)
})

test('metadata without an issuer say nothing', async (t) => {
  const { issuer, answers } = await startTinyProvider(t)
  for (const other of [undefined, null, 5, '', ['x']]) {
    answers.set(DISCOVERY, json(200, { issuer: other }))
    const provider = createProvider(tenantConfig({ issuer }), { now: Date.now })
    await t.rejects(provider.connection(), { code: 'provider_unavailable' }, String(other))
  }
})
