import * as client from 'openid-client'
import type { Tokens } from '../tokens.js'
import type { ClientContext } from './client-context.js'
import { fittingReturnTo, type LogoutTransaction } from './transaction.js'

/** A sign-out at the provider that is about to begin. */
export interface LogoutRequest {
  readonly idToken: string
  /** The registered `post_logout_redirect_uri`. */
  readonly callback: string
  /** Judged; see `judgeReturnTo`. */
  readonly returnTo: string
}

/** The request as a form to post (OIDC RP-Initiated Logout §2). */
export interface LogoutForm {
  /** The `end_session_endpoint`. */
  readonly action: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

/** Where to send the browser, and what must come back. */
export interface LogoutRedirect {
  readonly url: URL
  /** To be posted instead, where the URL would be longer than servers and proxies everywhere take. */
  readonly form: LogoutForm | undefined
  readonly transaction: LogoutTransaction
}

/** Bytes. */
const LONGEST_URL = 2000

/**
 * The request that ends the provider's session (OIDC RP-Initiated Logout §2), with the raw ID token that Okta demands as
 * hint. `undefined` where the provider offers none or cannot be reached: the sign-out here is not held up by it.
 */
export async function buildLogoutRequest(
  { provider, now }: ClientContext,
  { idToken, callback, returnTo }: LogoutRequest,
): Promise<LogoutRedirect | undefined> {
  const state = client.randomState()
  try {
    const { configuration } = await provider.connection()
    const endpoint = configuration.serverMetadata().end_session_endpoint
    if (endpoint === undefined) return undefined
    const url = client.buildEndSessionUrl(configuration, {
      id_token_hint: idToken,
      post_logout_redirect_uri: callback,
      state,
    })
    return {
      url,
      form: url.href.length > LONGEST_URL ? toForm(endpoint, url) : undefined,
      transaction: { kind: 'logout', state, return_to: fittingReturnTo(returnTo), started_at: now() },
    }
  } catch {
    return undefined
  }
}

// A query of the endpoint's own stays where it is.
function toForm(endpoint: string, url: URL): LogoutForm {
  const own = [...new URL(endpoint).searchParams].length
  return { action: endpoint, parameters: [...url.searchParams].slice(own) }
}

/** Revokes the refresh token, or the access token where there is none (RFC 7009); rejects when that fails. */
export async function revokeTokens(
  { provider }: ClientContext,
  { refresh_token, access_token }: Tokens,
): Promise<void> {
  const { configuration } = await provider.connection()
  if (configuration.serverMetadata().revocation_endpoint === undefined) return
  await client.tokenRevocation(configuration, refresh_token ?? access_token)
}
