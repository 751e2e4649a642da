import * as client from 'openid-client'
import { test } from 'tap'
import { finishLogin } from '../../src/oidc/callback.js'
import { describeRefusal } from '../../src/oidc/provider-advice.js'
import type { LoginTransaction } from '../../src/oidc/transaction.js'
import { json, startTinyProvider } from './tiny-provider.js'

const CALLBACK = 'https://acme.example.com/oauth2/callback'
const transaction: LoginTransaction = {
  kind: 'login',
  state: 'STATE',
  nonce: 'NONCE',
  code_verifier: 'v'.repeat(43),
  return_to: '/',
  started_at: 0,
  recent_logins: [],
}

test('a refusal in the way back tells an admin what to change', async (t) => {
  const context = (await startTinyProvider(t)).context()
  const table: [error: string, code: string, advice: RegExp][] = [
    ['access_denied', 'access_denied', /assign the person .*authentication policy/],
    [
      'invalid_scope',
      'login_misconfigured',
      /offline_access.*"Refresh Token".*refresh_tokens: false.*groups/,
    ],
    ['unauthorized_client', 'login_misconfigured', /"Authorization Code" grant type/],
    ['invalid_client', 'login_misconfigured', /client_id/],
    ['invalid_grant', 'login_misconfigured', /assign the person/],
    ['unmet_authentication_requirements', 'login_misconfigured', /authenticator that satisfies acr_values/],
    ['login_required', 'login_misconfigured', /prompt=none/],
    ['consent_required', 'login_misconfigured', /prompt=none.*consent/],
    ['interaction_required', 'login_misconfigured', /prompt=none/],
    ['unsupported_response_type', 'login_misconfigured', /"Web Application"/],
    ['unsupported_response_mode', 'login_misconfigured', /response_mode: query/],
    ['invalid_request', 'login_misconfigured', /sign-in redirect URI.*doorward urls/],
    ['server_error', 'provider_unavailable', /^server_error: in their words$/],
    ['temporarily_unavailable', 'provider_unavailable', /^temporarily_unavailable: in their words$/],
    ['__proto__', 'login_misconfigured', /^__proto__: in their words$/],
  ]
  for (const [error, code, advice] of table) {
    const query = new URLSearchParams({ state: 'STATE', error, error_description: 'in their words' })
    const refusal = await finishLogin(context, new URL(`${CALLBACK}?${query}`), {
      transaction,
      abandon: () => undefined,
    }).catch((e) => e)
    t.equal(refusal.code, code, error)
    t.ok(refusal.reason.startsWith(`${error}: in their words`), "the provider's own words come first")
    t.match(refusal.reason, advice, error)
  }
})

test('a refusal at the token endpoint tells an admin what to change', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context()
  const table: [status: number, body: object, code: string, advice: RegExp][] = [
    [401, { error: 'invalid_client' }, 'login_misconfigured', /client_secret .*token_endpoint_auth_method/],
    [400, { errorCode: 'invalid_client' }, 'login_misconfigured', /client_secret/],
    [400, { error: 'invalid_grant' }, 'invalid_callback', /expired or was redeemed/],
    [400, { error: 'invalid_scope' }, 'login_misconfigured', /"Refresh Token".*refresh_tokens: false/],
    [400, { error: 'unauthorized_client' }, 'login_misconfigured', /"Authorization Code"/],
    [400, { error: 'unsupported_grant_type' }, 'login_misconfigured', /"Authorization Code"/],
    [400, { error: 'invalid_request' }, 'login_misconfigured', /doorward urls/],
    [400, { error: 'access_denied' }, 'login_misconfigured', /assign the person/],
    [503, { error: 'temporarily_unavailable' }, 'provider_unavailable', /\(HTTP 503\)$/],
  ]
  for (const [status, body, code, advice] of table) {
    provider.answers.set('/token', json(status, body))
    const response = new URL(`${CALLBACK}?code=CODE&state=STATE`)
    const refusal = await finishLogin(context, response, { transaction, abandon: () => undefined }).catch(
      (e) => e,
    )
    t.equal(refusal.code, code, JSON.stringify(body))
    t.match(refusal.reason, advice)
    t.notMatch(refusal.reason, /CODE|STATE|NONCE|CLIENT-SECRET/)
  }
})

test('other failures are told as they are', async (t) => {
  t.equal(describeRefusal(new Error('outer', { cause: new Error('inner') })), 'outer (inner)')
  t.equal(describeRefusal(new client.ClientError('no luck')), 'no luck')
})
