import { DoorwardError } from '../errors.js'
import type { ClientContext } from './client-context.js'
import { describeFailure } from './failure.js'
import { acceptedIssuers } from './logout-issuers.js'
import { type OnceOnly, verifySecurityToken } from './security-token.js'

/** Whose sessions a provider means: all of a person, or those of one sign-in there. */
export type LogoutSubject = { readonly sub: string } | { readonly iss: string; readonly sid: string }

/** What a verified logout token asks for. */
export interface LogoutToken extends OnceOnly {
  /** The person, where the token names one. */
  readonly sub: string | undefined
  /** One of these is enough: the same sign-in, under each spelling of the issuer. */
  readonly subjects: readonly LogoutSubject[]
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
// OIDC Back-Channel Logout §2.4 recommends the first; providers of the drafts say the second, or nothing.
const TYPES = ['logout+jwt', 'jwt', undefined]

/**
 * Verifies a logout token (OIDC Back-Channel Logout §2.6). Rejects with `invalid_request` for one that is not to be
 * trusted, with `provider_unavailable` when the keys cannot be had.
 */
export async function verifyLogoutToken(context: ClientContext, jwt: string): Promise<LogoutToken> {
  try {
    const audience = context.tenant.client_id
    const { claims, ...once } = await verifySecurityToken(context, jwt, { types: TYPES, audience })
    requireLogout(claims)
    const sub = readName(claims, 'sub')
    return { ...once, sub, subjects: await subjectsOf(context, sub, readName(claims, 'sid')) }
  } catch (cause) {
    if (cause instanceof DoorwardError) throw cause
    throw invalidLogoutRequest(`logout_token: ${describeFailure(cause)}`, cause)
  }
}

/** The refusal of a logout request, as OIDC Back-Channel Logout §2.8 words it; `reason` is for the log only. */
export const invalidLogoutRequest = (reason: string, cause?: unknown): DoorwardError =>
  new DoorwardError('invalid_request', {
    cause,
    reason,
    publicFields: { error_description: 'This is no valid logout request.' },
  })

// An ID token has a nonce or lacks the event, so it can never be taken for a logout token.
function requireLogout({ events, nonce }: Record<string, unknown>): void {
  if (nonce !== undefined) throw new Error('the token has a nonce')
  const event = isObject(events) && Object.hasOwn(events, LOGOUT_EVENT) ? events[LOGOUT_EVENT] : undefined
  if (!isObject(event)) throw new Error('the token has no event of a logout')
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readName(claims: Record<string, unknown>, name: 'sub' | 'sid'): string | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is no name`)
  return value
}

async function subjectsOf(
  context: ClientContext,
  sub: string | undefined,
  sid: string | undefined,
): Promise<LogoutSubject[]> {
  if (sid !== undefined) return (await acceptedIssuers(context)).map((iss) => ({ iss, sid }))
  if (sub === undefined) throw new Error('the token names neither a person nor a sign-in')
  return [{ sub }]
}
