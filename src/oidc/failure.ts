import * as client from 'openid-client'

/** What a failed call to the provider means for the person who waits for it. */
export type FailureKind =
  /** `invalid_grant`: the code or refresh token is dead. */
  | 'invalid_grant'
  /** The provider cannot do it now: network, timeout, 429, 5xx, an answer that is no OAuth. */
  | 'unavailable'
  /** The provider refused, or its answer failed validation: somebody has to change something. */
  | 'rejected'

// A proxy's HTML, a truncated answer, none at all: it says nothing about the client or the person.
const NO_OAUTH_ANSWER = new Set(['OAUTH_TIMEOUT', 'OAUTH_PARSE_ERROR', 'OAUTH_RESPONSE_IS_NOT_JSON'])

/** Sorts what openid-client throws at token, UserInfo and discovery calls. */
export function classifyFailure(error: unknown): FailureKind {
  if (error instanceof client.ResponseBodyError) {
    const passing = ['server_error', 'temporarily_unavailable'].includes(error.error)
    if (passing || isPassingStatus(error.status)) return 'unavailable'
    return error.error === 'invalid_grant' ? 'invalid_grant' : 'rejected'
  }
  if (error instanceof client.ClientError && NO_OAUTH_ANSWER.has(error.code ?? '')) return 'unavailable'
  const status = statusOf(error)
  if (status !== undefined) return isPassingStatus(status) ? 'unavailable' : 'rejected'
  // What remains is a validation that failed, or a connection that did (a TypeError of fetch).
  return error instanceof TypeError ? 'unavailable' : 'rejected'
}

// RFC 6749 §5.2: what the provider thinks of the client is true for each of its sessions.
const CLIENT_ERRORS = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type'])

/** Whether every session of the tenant would have met this failure of a token call, or only the one that it names. */
export function concernsTenant(error: unknown): boolean {
  if (!(error instanceof client.ResponseBodyError)) return true
  return classifyFailure(error) === 'unavailable' || CLIENT_ERRORS.has(error.error)
}

const isPassingStatus = (status: number): boolean => status === 429 || status >= 500

/**
 * The HTTP status of an answer that is not OAuth-shaped (Okta's errorCode bodies, a proxy's HTML); `undefined` where
 * there was none.
 */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof client.WWWAuthenticateChallengeError) return error.status
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Response ? cause.status : undefined
}

/** Of what a line of the log says; a stranger may have written it, and as long as they liked. */
const LONGEST_WORDS = 500
const SEQUENCE = /[\w.~+/=-]{20,}/g

// Providers have been seen to echo what they were sent; nothing that long, with digits or capitals, is a word.
const hideSecret = (text: string): string => (/[A-Z\d]/.test(text) ? '…' : text)

/** One line for the log: error codes and the provider's own words, never a request, response or token. */
export const describeFailure = (error: unknown): string =>
  words(error).slice(0, LONGEST_WORDS).replace(SEQUENCE, hideSecret)

function words(error: unknown): string {
  if (error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError) {
    return [error.error, error.error_description].filter(Boolean).join(': ')
  }
  if (!(error instanceof Error)) return String(error)
  const status = statusOf(error)
  const { cause } = error
  const deeper = cause instanceof Error ? ` (${cause.message})` : ''
  return `${error.message}${status === undefined ? deeper : ` (HTTP ${status})`}`
}
