import * as client from 'openid-client'
import { describeFailure } from './failure.js'

/**
 * Where a provider says no: in the browser's way back (RFC 6749 §4.1.2.1), or to the client itself (§5.2), which redeems
 * a code or a refresh token.
 */
interface Advice {
  readonly callback?: string
  readonly token?: string
  /** As `token` where it is not said. */
  readonly refresh?: string
}

const SCOPES =
  'the app grants fewer scopes than are asked for. For offline_access enable the "Refresh Token" grant type of the app, or say refresh_tokens: false; for groups add a groups claim to the app, or take groups out of scopes'
const ASSIGNMENT =
  'assign the person or one of their groups to the app (tab "Assignments"), and look whether an authentication policy refuses them'
const PROMPT =
  'the provider was told not to ask the person anything: look for prompt=none in authorization_params, and whether the app asks for consent'
const GRANT_TYPE =
  'enable the "Authorization Code" grant type of the app, which has to be a "Web Application"'

const REFRESH_GRANT_TYPE = 'enable the "Refresh Token" grant type of the app, or say refresh_tokens: false'

/** What an admin has to change, most often in Okta's Admin Console, by the provider's error code. */
const ADVICE: ReadonlyMap<string, Advice> = new Map([
  ['access_denied', { callback: ASSIGNMENT, token: ASSIGNMENT }],
  ['invalid_scope', { callback: SCOPES, token: SCOPES }],
  ['unauthorized_client', { callback: GRANT_TYPE, token: GRANT_TYPE, refresh: REFRESH_GRANT_TYPE }],
  ['unsupported_grant_type', { token: GRANT_TYPE, refresh: REFRESH_GRANT_TYPE }],
  [
    'invalid_client',
    {
      callback: 'is client_id that of an active app in this org?',
      token:
        'is client_secret (or client_key) still the one of this client_id, and token_endpoint_auth_method the one that the app is set to?',
    },
  ],
  [
    'invalid_grant',
    {
      callback: ASSIGNMENT,
      token:
        'the code had expired or was redeemed before: a slow network, a wrong clock, or a page opened again. If it is always so, another program uses this client too',
    },
  ],
  [
    'unmet_authentication_requirements',
    {
      callback:
        'the person has no authenticator that satisfies acr_values: enroll one, or let the authentication policy of the app offer one',
    },
  ],
  ['login_required', { callback: PROMPT }],
  ['consent_required', { callback: PROMPT }],
  ['interaction_required', { callback: PROMPT }],
  [
    'unsupported_response_type',
    { callback: 'the app has to be a "Web Application" with the "Authorization Code" grant type' },
  ],
  ['unsupported_response_mode', { callback: 'say response_mode: query' }],
  [
    'invalid_request',
    {
      callback:
        'is the sign-in redirect URI of the app exactly the one that "doorward urls" prints, and does the provider know each of authorization_params?',
      token:
        'is token_endpoint_auth_method the one that the app is set to, and the redirect URI the one that "doorward urls" prints?',
      refresh: 'is token_endpoint_auth_method the one that the app is set to?',
    },
  ],
])

/**
 * Tells a failed login, or refresh, for the log: the provider's words, and what an admin has to change where its code
 * says so.
 */
export function describeRefusal(error: unknown, grant: 'code' | 'refresh' = 'code'): string {
  const words = describeFailure(error)
  const advice = adviceFor(error, grant)
  return advice === undefined ? words : `${words} (${advice})`
}

function adviceFor(error: unknown, grant: 'code' | 'refresh'): string | undefined {
  if (error instanceof client.AuthorizationResponseError) return ADVICE.get(error.error)?.callback
  if (!(error instanceof client.ResponseBodyError)) return undefined
  const { token, refresh = token } = ADVICE.get(error.error) ?? {}
  return grant === 'refresh' ? refresh : token
}
