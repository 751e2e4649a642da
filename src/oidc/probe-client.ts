import { randomBytes } from 'node:crypto'
import * as client from 'openid-client'
import type { TenantConfig } from '../config/schema.js'
import type { SigningKeys } from '../keys/signing-keys.js'
import { boundedFetch } from './bounded-fetch.js'
import { createClientAuthentication } from './client-authentication.js'
import { credentialsOf } from './client-credentials.js'
import { createConnection, type Timeouts } from './connection.js'
import { classifyFailure, describeFailure } from './failure.js'

/** What a provider thinks of a client that redeems what nobody was given. */
export type ClientVerdict =
  /** It knows the client, and nothing but the code or token was wrong. */
  | { readonly kind: 'accepted' }
  /** `invalid_client`. */
  | { readonly kind: 'refused' }
  /** The client may not use this grant. */
  | { readonly kind: 'forbidden' }
  /** Somebody has to judge the provider's own words; `isPassing` where asking again may help. */
  | { readonly kind: 'unclear'; readonly reason: string; readonly isPassing: boolean }

/** The grants that a tenant uses. */
export type ProbedGrant = 'authorization_code' | 'refresh_token'

interface ProbeOptions {
  readonly tenant: TenantConfig
  readonly metadata: client.ServerMetadata
  readonly keys: SigningKeys
  readonly redirectUri: string
  readonly now: () => number
  readonly timeouts: Timeouts
}

/**
 * Authenticates to the token endpoint exactly as a sign-in does, with a code or refresh token made up for this call,
 * which changes nothing at the provider. Never rejects.
 */
export async function probeClient(grant: ProbedGrant, options: ProbeOptions): Promise<ClientVerdict> {
  const { tenant, metadata, keys, redirectUri, now, timeouts } = options
  const authentication = createClientAuthentication({
    candidates: () => credentialsOf(tenant, { keys, now }),
    now,
  })
  const madeUp = randomBytes(32).toString('base64url')
  const parameters: Record<string, string> =
    grant === 'refresh_token'
      ? { refresh_token: madeUp }
      : { code: madeUp, redirect_uri: redirectUri, code_verifier: client.randomPKCECodeVerifier() }
  try {
    const connection = createConnection(metadata, { tenant, authentication, now, timeouts })
    await client.genericGrantRequest(connection.loginConfiguration(fetchUnchallenged), grant, parameters)
    return unclear('it gave tokens for a made-up grant', false)
  } catch (error) {
    return judge(error)
  }
}

// RFC 6749 §5.2 has a 401 tell its error in the body too; openid-client would not look at it.
const fetchUnchallenged: client.CustomFetch = async (url, options) => {
  const response = await boundedFetch(url, options)
  response.headers.delete('www-authenticate')
  return response
}

function judge(error: unknown): ClientVerdict {
  const isPassing = classifyFailure(error) === 'unavailable'
  if (isPassing || !(error instanceof client.ResponseBodyError)) {
    return unclear(describeFailure(error), isPassing)
  }
  if (error.error === 'invalid_grant') return { kind: 'accepted' }
  if (error.error === 'invalid_client') return { kind: 'refused' }
  if (['unauthorized_client', 'unsupported_grant_type'].includes(error.error)) return { kind: 'forbidden' }
  return unclear(describeFailure(error), false)
}

const unclear = (reason: string, isPassing: boolean): ClientVerdict => ({
  kind: 'unclear',
  reason,
  isPassing,
})
