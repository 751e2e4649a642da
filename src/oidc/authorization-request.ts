import * as client from 'openid-client'
import type { TenantConfig } from '../config/schema.js'
import { DoorwardError } from '../errors.js'
import { type StepUp, stepUpParameters } from '../step-up.js'
import type { ClientContext } from './client-context.js'
import { FOREIGN_ID, fittingReturnTo, type LoginTransaction } from './transaction.js'

/** A login that is about to begin. */
export interface LoginRequest {
  readonly redirectUri: string
  /** Judged; see `judgeReturnTo`. */
  readonly returnTo: string
  readonly loginHint?: string | undefined
  /** The provider is to answer without asking the person anything (`prompt=none`, OIDC Core §3.1.2.1). */
  readonly isSilent?: true
  /** What the sign-in has to prove beyond the ordinary (RFC 9470 §4). */
  readonly stepUp?: StepUp | undefined
  /** A form that waits for the login, and whether the site's own page is known to have sent it. */
  readonly form?: { readonly ticket: string; readonly isOwn: boolean }
  /** When this browser lately started logins, in milliseconds since the epoch. */
  readonly recentLogins: readonly number[]
}

/** Where to send the browser, and what must come back. */
export interface LoginStart {
  readonly url: URL
  readonly transaction: LoginTransaction
}

/** Milliseconds and number that make a loop: more logins by one browser within that time. */
const LOOP_WINDOW = 60_000
const LOOP_LIMIT = 10
/** Begins a login. Rejects with `too_many_logins` for the eleventh of a browser within a minute. */
export async function beginLogin(context: ClientContext, request: LoginRequest): Promise<LoginStart> {
  const transaction = newTransaction(request, context.now())
  const { configuration } = await context.provider.connection()
  try {
    return { url: await authorizationUrl(configuration, context.tenant, request, transaction), transaction }
  } catch (cause) {
    const reason = 'the discovered authorization_endpoint cannot be used'
    throw new DoorwardError('login_misconfigured', { cause, reason })
  }
}

function newTransaction(
  { returnTo, recentLogins, isSilent, stepUp, form }: LoginRequest,
  now: number,
): LoginTransaction {
  const recent = recentLogins.filter((time) => now - time < LOOP_WINDOW)
  if (recent.length >= LOOP_LIMIT) {
    const reason = `this browser started ${recent.length} logins within a minute: does the app bounce to login, or the browser refuse the session cookie?`
    throw new DoorwardError('too_many_logins', { reason })
  }
  return {
    kind: 'login',
    state: form?.isOwn === false ? FOREIGN_ID + client.randomState() : client.randomState(),
    nonce: client.randomNonce(),
    code_verifier: client.randomPKCECodeVerifier(),
    return_to: fittingReturnTo(returnTo),
    started_at: now,
    recent_logins: [...recent, now],
    ...(isSilent ? { is_silent: isSilent } : {}),
    ...(stepUp ? { step_up: stepUp } : {}),
    ...(form === undefined ? {} : { form: form.ticket }),
  }
}

// OIDC Core §3.1.2.1 with PKCE S256 (RFC 7636), state and nonce; what the operator adds cannot replace them.
async function authorizationUrl(
  configuration: client.Configuration,
  tenant: TenantConfig,
  { redirectUri, loginHint, isSilent, stepUp }: LoginRequest,
  transaction: LoginTransaction,
): Promise<URL> {
  return client.buildAuthorizationUrl(configuration, {
    ...(loginHint === undefined ? {} : { login_hint: loginHint }),
    ...tenant.authorization_params,
    // What is the default of the code flow is not said.
    ...(tenant.response_mode === 'query' ? {} : { response_mode: tenant.response_mode }),
    ...(isSilent ? { prompt: 'none' } : {}),
    ...(stepUp ? stepUpParameters(stepUp) : {}),
    scope: tenant.scopes.join(' '),
    redirect_uri: redirectUri,
    state: transaction.state,
    nonce: transaction.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(transaction.code_verifier),
    code_challenge_method: 'S256',
  })
}
