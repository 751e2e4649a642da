import * as client from 'openid-client'
import type { Grant, RefreshAnswer } from '../tokens.js'
import { boundedFetch } from './bounded-fetch.js'
import type { ClientContext } from './client-context.js'
import { classifyFailure, concernsTenant, describeFailure } from './failure.js'
import { describeRefusal } from './provider-advice.js'
import { retryAfter } from './retry-after.js'
import { readTokenResponse, toTokens } from './token-response.js'

/** What came of a call: the provider's answer where there was one, and what openid-client found wrong. */
interface Exchange {
  readonly received: Response | undefined
  readonly failure: unknown
}

/**
 * Redeems the refresh token of a grant (RFC 6749 §6); never rejects, for the outcome decides over a session. Nothing
 * but the presence of an access token is demanded of the answer: what was redeemed is consumed, so the tokens are to
 * be kept first, and judged by `confirmGrant` after that.
 */
export async function redeemRefreshToken(context: ClientContext, grant: Grant): Promise<RefreshAnswer> {
  const { tenant, now } = context
  const { tokens: held } = grant
  if (!held.refresh_token) {
    return {
      kind: 'failed',
      reason: 'there is no refresh token',
      concerns: 'session',
      retry_after: undefined,
    }
  }
  const { received, failure } = await redeem(context, held.refresh_token)
  const body: unknown = received?.ok ? await received.json().catch(() => undefined) : undefined
  const response = readTokenResponse(body)
  if (response !== undefined) {
    const tokens = toTokens(response, { tenant, now: now(), held })
    return { kind: 'refreshed', tokens, received_id_token: response.id_token }
  }
  if (classifyFailure(failure) === 'invalid_grant') return { kind: 'ended', reason: describeFailure(failure) }
  const reason = describeRefusal(failure, 'refresh')
  const concerns = concernsTenant(failure) ? 'tenant' : 'session'
  return { kind: 'failed', reason, concerns, retry_after: received && retryAfter(received, now()) }
}

async function redeem({ provider }: ClientContext, refreshToken: string): Promise<Exchange> {
  let received: Response | undefined
  const fetchAndKeep: client.CustomFetch = async (url, options) => {
    const response = await boundedFetch(url, options)
    received = response.clone()
    // RFC 6749 §5.2 has a 401 tell its error in the body too; openid-client would not look at it.
    response.headers.delete('www-authenticate')
    return response
  }
  try {
    const { refreshConfiguration } = await provider.connection()
    await client.refreshTokenGrant(refreshConfiguration(fetchAndKeep), refreshToken)
    return { received, failure: undefined }
  } catch (failure) {
    return { received, failure }
  }
}
