import * as client from 'openid-client'
import { DoorwardError } from '../errors.js'
import type { Identity } from '../identity.js'
import { meetsStepUp } from '../step-up.js'
import type { Grant, Tokens } from '../tokens.js'
import { toIdentity } from './claims.js'
import type { ClientContext } from './client-context.js'
import { classifyFailure, describeFailure } from './failure.js'
import { verifyIdToken } from './id-token.js'
import { keepProof } from './keep-proof.js'
import { describeRefusal } from './provider-advice.js'
import { redeemCode } from './redeem-code.js'
import { type TokenResponse, toTokens } from './token-response.js'
import type { LoginTransaction } from './transaction.js'
import { fetchUserInfo } from './user-info.js'

const FRONT_CHANNEL = new Set(['id_token', 'access_token', 'token', 'response'])

/** Throws `invalid_callback` where a parameter came twice (RFC 6749 §3.1: none must be included more than once). */
export function refuseDoubled(parameters: URLSearchParams): void {
  const names = [...parameters.keys()]
  const doubled = names.find((name, index) => names.indexOf(name) !== index)
  if (doubled !== undefined) throw new DoorwardError('invalid_callback', { reason: 'a parameter came twice' })
}

/** The refusal of an ID token that nobody has asked for, with the setting of Okta's that sends it. */
export function unsolicitedIdToken(): DoorwardError {
  const reason =
    'an unasked ID token: in Okta, choose the login flow "Redirect to app to initiate login (OIDC Compliant)" with the initiate login URI that "doorward urls" prints; or say idp_initiated_login: id_token'
  return new DoorwardError('unsolicited_id_token', { reason })
}

/** The state of an authorization response; throws `invalid_callback` unless there is exactly one of each parameter. */
export function requireState(parameters: URLSearchParams): string {
  refuseDoubled(parameters)
  // Okta's "Send ID Token directly to app (Okta Simplified)": a sign-in that nobody here has asked for.
  if (parameters.has('id_token') && !parameters.has('state')) throw unsolicitedIdToken()
  // Tokens in the front channel are what the code flow exists to avoid (RFC 9700 §2.1.2).
  if ([...parameters.keys()].some((name) => FRONT_CHANNEL.has(name))) {
    throw new DoorwardError('invalid_callback', { reason: 'this is no answer to response_type=code' })
  }
  if (parameters.get('iss') === '') throw new DoorwardError('invalid_callback', { reason: 'iss is empty' })
  const state = parameters.get('state')
  if (!state) throw new DoorwardError('invalid_callback', { reason: 'no state' })
  if (!parameters.get('code') && !parameters.get('error')) {
    throw new DoorwardError('invalid_callback', { reason: 'neither code nor error' })
  }
  return state
}

/** What completes a login besides the response. */
export interface Completion {
  readonly transaction: LoginTransaction
  /** Who the browser's session belongs to. */
  readonly held?: Identity | undefined
  /** Revokes what nobody will use; never throws. */
  abandon(tokens: Tokens): void
}

/**
 * Completes a login whose state has been matched: redeems the code, the ID token verified in full (OIDC Core
 * §3.1.3.7) and the response's `iss` where the provider sends one (RFC 9207), and asks UserInfo where needed.
 * Rejects with the error of the catalogue for each way to fail.
 */
export async function finishLogin(
  context: ClientContext,
  response: URL,
  { transaction, held, abandon }: Completion,
): Promise<Grant> {
  const connection = await context.provider.connection()
  const answer = await redeemCode(connection, response, transaction).catch((cause: unknown) => {
    throw toPublicError(cause, transaction)
  })
  const tokens = toTokens(answer, { tenant: context.tenant, now: context.now() })
  try {
    return { tokens, identity: await identifyPerson(context, { answer, tokens, transaction, held }) }
  } catch (error) {
    // Nobody will use them, and a refresh token lives for months.
    abandon(tokens)
    throw error
  }
}

interface Redeemed {
  readonly answer: TokenResponse
  readonly tokens: Tokens
  readonly transaction: LoginTransaction
  readonly held: Identity | undefined
}

async function identifyPerson(
  context: ClientContext,
  { answer, tokens, transaction, held }: Redeemed,
): Promise<Identity> {
  const idToken = await identify(context, answer, transaction)
  requireStepUp(idToken, transaction)
  const { sub } = idToken
  try {
    const userInfo = await fetchUserInfo(context, { tokens, sub, known: idToken })
    const identity = toIdentity(sub, { userInfo, idToken })
    return transaction.is_silent ? keepProof(identity, held) : identity
  } catch (cause) {
    const code = classifyFailure(cause) === 'unavailable' ? 'provider_unavailable' : 'login_misconfigured'
    throw new DoorwardError(code, { cause, reason: `UserInfo: ${describeFailure(cause)}` })
  }
}

async function identify(
  context: ClientContext,
  { id_token }: TokenResponse,
  { nonce }: LoginTransaction,
): Promise<client.IDToken> {
  if (id_token === undefined) throw new DoorwardError('login_misconfigured', { reason: 'no ID token' })
  try {
    const idToken = await verifyIdToken(context, id_token)
    if (idToken.nonce === nonce) return idToken
  } catch (cause) {
    if (cause instanceof DoorwardError) throw cause
    throw new DoorwardError('login_misconfigured', { cause, reason: describeFailure(cause) })
  }
  // OIDC Core §3.1.3.7: somebody else's login.
  throw new DoorwardError('login_misconfigured', { reason: 'the ID token has another nonce' })
}

// Providers may ignore what they cannot do (OIDC Core §3.1.2.1), and asking again would bring the same answer.
function requireStepUp(idToken: client.IDToken, { step_up, started_at }: LoginTransaction): void {
  if (step_up === undefined || meetsStepUp(step_up, idToken, started_at)) return
  const { acr = 'none', auth_time = 'none' } = idToken
  throw new DoorwardError('step_up_failed', {
    reason: `the provider answered with acr ${acr} and auth_time ${auth_time}: does the authentication policy of the app know these acr_values?`,
  })
}

function toPublicError(cause: unknown, { is_silent, step_up }: LoginTransaction): DoorwardError {
  // openid-client has wrapped it: the client's own keys could not be had.
  if (cause instanceof Error && cause.cause instanceof DoorwardError) return cause.cause
  // That the provider would have to ask is no mistake of anybody's where it was told not to.
  const isDenied = cause instanceof client.AuthorizationResponseError && cause.error === 'access_denied'
  const reason = is_silent && !isDenied ? describeFailure(cause) : describeRefusal(cause)
  if (cause instanceof client.AuthorizationResponseError) {
    if (step_up !== undefined && cause.error === 'unmet_authentication_requirements') {
      return new DoorwardError('step_up_failed', { cause, reason })
    }
    return new DoorwardError(codeOfProviderError(cause.error), { cause, reason })
  }
  if (cause instanceof client.ClientError && isForeignResponse(cause)) {
    return new DoorwardError('invalid_callback', { cause, reason })
  }
  const kind = classifyFailure(cause)
  if (kind === 'unavailable') return new DoorwardError('provider_unavailable', { cause, reason })
  if (kind === 'invalid_grant') return new DoorwardError('invalid_callback', { cause, reason })
  return new DoorwardError('login_misconfigured', { cause, reason })
}

// openid-client judges state and `iss` before it calls the provider: those failures carry the parameters.
function isForeignResponse(error: client.ClientError): boolean {
  const inner = error.cause
  const parameters = inner instanceof Error ? inner.cause : undefined
  return (
    parameters !== undefined &&
    typeof parameters === 'object' &&
    parameters !== null &&
    'parameters' in parameters
  )
}

function codeOfProviderError(error: string) {
  switch (error) {
    case 'access_denied':
      return 'access_denied'
    case 'server_error':
    case 'temporarily_unavailable':
      return 'provider_unavailable'
    default:
      return 'login_misconfigured'
  }
}
