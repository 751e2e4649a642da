import * as client from 'openid-client'
import type { Test } from 'tap'
import { Secret } from '../../src/config/secret.js'
import { NO_KEYS } from '../../src/keys/signing-keys.js'
import { createClientAuthentication } from '../../src/oidc/client-authentication.js'
import { credentialsOf } from '../../src/oidc/client-credentials.js'
import { createConnection } from '../../src/oidc/connection.js'
import { NO_REPORT } from '../../src/oidc/provider-report.js'
import { tenantConfig } from '../tenant/tenant-config.js'
import { type Answer, json, startTinyProvider } from './tiny-provider.js'

/** How a provider refuses a client. */
export const INVALID_CLIENT = { error: 'invalid_client', error_description: 'The client secret is invalid.' }

type Method = 'client_secret_basic' | 'client_secret_post'

/** A client with some secrets, at a provider that takes one of them in one form; `timeout` in seconds for each call. */
export async function startClient(
  t: Pick<Test, 'teardown'>,
  secrets: string[],
  method: Method = 'client_secret_basic',
  timeout = 10,
) {
  const { issuer, answers, requests } = await startTinyProvider(t)
  let now = 1_800_000_000_000
  const tenant = tenantConfig({
    issuer,
    token_endpoint_auth_method: method,
    client_secret: secrets.map((secret) => Secret.of(secret)),
  })
  const candidates = () => credentialsOf(tenant, { keys: NO_KEYS, now: () => now })
  const told: string[] = []
  const report = {
    ...NO_REPORT,
    credentialsTaken: (reason: string) => void told.push(reason),
    credentialsRefused: (reason: string) => void told.push(`warning: ${reason}`),
  }
  const authentication = createClientAuthentication({ candidates, now: () => now, report })
  const metadata = { issuer, token_endpoint: `${issuer}/token`, revocation_endpoint: `${issuer}/revoke` }
  const timeouts = { call: timeout, refresh: timeout }
  const connection = createConnection(metadata, { tenant, authentication, now: () => now, timeouts })
  const sent = ({ body, authorization }: (typeof requests)[number]): string => {
    const secret = new URLSearchParams(body).get('client_secret')
    return secret ?? Buffer.from(authorization?.slice(6) ?? '', 'base64').toString()
  }
  let refusal: Answer = json(401, INVALID_CLIENT)
  const state = { accepted: secrets[0] ?? '' }
  const judge: Answer = (response, request) => {
    const shown = sent({ body: request.body, line: '', authorization: request.headers.authorization })
    const isGood = shown === state.accepted || shown === `0oa1b2c3d4:${state.accepted}`
    const answer = isGood ? json(200, { access_token: 'AT', token_type: 'Bearer' }) : refusal
    answer(response, request)
  }
  answers.set('/token', judge)
  answers.set('/revoke', judge)
  return {
    answers,
    requests,
    state,
    judge,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    refuseWith: (answer: Answer) => {
      refusal = answer
    },
    refresh: () => client.refreshTokenGrant(connection.configuration, 'RT'),
    revoke: () => client.tokenRevocation(connection.configuration, 'RT'),
    /** What an operator was told since the last look. */
    told: () => told.splice(0),
    /** What was sent since the last look. */
    seen: () => requests.splice(0).map((request) => sent(request).replace(/^0oa1b2c3d4:/, '')),
  }
}
