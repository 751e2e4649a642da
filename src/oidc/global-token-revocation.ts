import { DoorwardError } from '../errors.js'
import type { ClientContext } from './client-context.js'
import { describeFailure } from './failure.js'
import { acceptedIssuers } from './logout-issuers.js'
import {
  CLOCK_TOLERANCE,
  LONGEST_LIFE,
  type OnceOnly,
  type SecurityToken,
  verifySecurityToken,
} from './security-token.js'

/** The person whose sessions are to end (RFC 9493 §3.2.3, §3.2.4). */
export type RevocationSubject = { readonly sub: string } | { readonly email: string }

const TYPE = 'global-token-revocation+jwt'

/**
 * Verifies the JWT with which a provider calls the endpoint of Global Token Revocation, Okta's Universal Logout
 * (draft-parecki-oauth-global-token-revocation): `sub` is this client, `aud` the endpoint's URL without a query.
 * Rejects with `invalid_token` for one that is not to be trusted, with `provider_unavailable` when the keys cannot be
 * had.
 */
export async function verifyRevocationToken(
  context: ClientContext,
  jwt: string,
  endpoint: string,
): Promise<OnceOnly> {
  try {
    const subject = context.tenant.client_id
    const token = await verifySecurityToken(context, jwt, { types: [TYPE], audience: endpoint, subject })
    requireShortLife(token, context.now())
    return token
  } catch (cause) {
    if (cause instanceof DoorwardError) throw cause
    throw new DoorwardError('invalid_token', { cause, reason: describeFailure(cause) })
  }
}

// Okta's begins five minutes before it is sent and ends five minutes after.
function requireShortLife({ claims: { exp = 0, nbf } }: SecurityToken, now: number): void {
  const longest = LONGEST_LIFE + CLOCK_TOLERANCE
  const seconds = Math.floor(now / 1000)
  if (exp > seconds + longest) throw new Error('the token lives for too long (exp)')
  if (nbf !== undefined && nbf < seconds - longest) throw new Error('the token lives for too long (nbf)')
}

/** The person that a request names; rejects with `invalid_request` for a body that names none of this provider's. */
export async function readRevocationSubject(
  context: ClientContext,
  body: unknown,
): Promise<RevocationSubject> {
  const { sub_id } = asObject(body, 'the body')
  const { format, email, iss, sub } = asObject(sub_id, 'sub_id')
  switch (format) {
    case 'email':
      return { email: asName(email, 'email') }
    case 'iss_sub':
      if (!(await acceptedIssuers(context)).includes(asName(iss, 'iss'))) {
        throw invalid("the iss of sub_id is not this tenant's issuer")
      }
      return { sub: asName(sub, 'sub') }
    default:
      throw invalid('sub_id has an unknown format')
  }
}

function asObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${name} is no JSON object`)
  }
  return value as Record<string, unknown>
}

function asName(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(`the ${name} of sub_id is no name`)
  return value
}

const invalid = (reason: string): DoorwardError => new DoorwardError('invalid_request', { reason })
