import type { LevelWithSilent } from 'pino'

interface CatalogueEntry {
  /** HTTP status of the answer. */
  readonly status: number
  /** Level at which the error handler logs it; what users do wrong every day is not a warning. */
  readonly level: LevelWithSilent
  /** Heading of the page. */
  readonly title: string
  /** What the person at the browser is told: no detail of the request, the provider or the configuration. */
  readonly message: string
  /** Seconds sent as `Retry-After` when the thrower knows nothing better. */
  readonly retryAfter?: number
}

/** Every refusal that Doorward answers by itself, by its public code. */
export const ERRORS = {
  malformed_request: {
    status: 400,
    level: 'info',
    title: 'Bad request',
    message: 'This request could not be understood.',
  },
  invalid_request: {
    status: 400,
    level: 'warn',
    title: 'Bad request',
    message: 'This request is not one that this site accepts.',
  },
  ambiguous_path: {
    status: 400,
    level: 'warn',
    title: 'Bad request',
    message: 'This address has no single meaning, so it was not opened.',
  },
  invalid_return_address: {
    status: 400,
    level: 'warn',
    title: 'Bad request',
    message: 'The address to return to does not belong to this site.',
  },
  unknown_issuer: {
    status: 400,
    level: 'warn',
    title: 'Sign-in not started',
    message: 'This sign-in was started by an organization that this site does not know.',
  },
  invalid_callback: {
    status: 400,
    level: 'warn',
    title: 'Sign-in not completed',
    message:
      'This sign-in has expired, was already used, or was started in another browser. Please start again.',
  },
  unsolicited_id_token: {
    status: 400,
    level: 'warn',
    title: 'Sign-in not started',
    message:
      'This sign-in came in a way that this site does not take. An administrator has to edit the application in Okta: as its login flow, "Redirect to app to initiate login (OIDC Compliant)". Meanwhile you can sign in from here.',
  },
  login_required: {
    status: 401,
    level: 'debug',
    title: 'Sign-in required',
    message: 'You need to sign in to continue.',
  },
  insufficient_user_authentication: {
    status: 401,
    level: 'info',
    title: 'A stronger sign-in is needed',
    message: 'You need to prove again who you are to continue. Please reload the page.',
  },
  invalid_token: {
    status: 401,
    level: 'warn',
    title: 'Not authorized',
    message: 'This request has to prove that it comes from your organization.',
  },
  invalid_admin_token: {
    status: 401,
    level: 'warn',
    title: 'Not allowed',
    message: 'This is for administrators, and you have not proved to be one.',
  },
  access_denied: {
    status: 403,
    level: 'warn',
    title: 'No access',
    message: 'The sign-in was cancelled, or your organization has not given you access to this application.',
  },
  forbidden: {
    status: 403,
    level: 'warn',
    title: 'No access',
    message: 'You are signed in, but this part of the application is not open to you.',
  },
  step_up_failed: {
    status: 403,
    level: 'warn',
    title: 'A stronger sign-in is needed',
    message:
      'This part of the application demands a stronger or more recent sign-in than your organization has confirmed.',
  },
  not_found: {
    status: 404,
    level: 'debug',
    title: 'Not found',
    message: 'There is nothing at this address.',
  },
  user_not_found: {
    status: 404,
    level: 'info',
    title: 'Not found',
    message: 'This user has no session here.',
  },
  request_timeout: {
    status: 408,
    level: 'info',
    title: 'Too slow',
    message: 'This request took too long to arrive. Please try again.',
  },
  body_too_large: {
    status: 413,
    level: 'info',
    title: 'Too large',
    message: 'This request is larger than this site accepts.',
  },
  unsupported_media_type: {
    status: 415,
    level: 'info',
    title: 'Bad request',
    message: 'This request is of a kind that this address does not accept.',
  },
  misdirected_request: {
    status: 421,
    level: 'info',
    title: 'Unknown site',
    message: 'No site is configured under this name.',
  },
  unsupported_subject: {
    status: 422,
    level: 'warn',
    title: 'Not possible',
    message: 'People are not known by mail address here, so nobody was signed out.',
  },
  too_many_logins: {
    status: 429,
    level: 'warn',
    title: 'Too many sign-ins',
    message: 'This browser started many sign-ins within a minute. Please wait a minute, then try again.',
    retryAfter: 60,
  },
  headers_too_large: {
    status: 431,
    level: 'info',
    title: 'Too large',
    message: 'This request carries more headers than this site accepts.',
  },
  internal_error: {
    status: 500,
    level: 'error',
    title: 'Something went wrong',
    message: 'This request failed for a reason that is not your fault. Please try again.',
  },
  login_misconfigured: {
    status: 500,
    level: 'error',
    title: 'Sign-in is misconfigured',
    message: 'This sign-in is misconfigured. Please tell your administrator.',
  },
  upstream_unreachable: {
    status: 502,
    level: 'error',
    title: 'Application not reachable',
    message: 'The application behind this site did not answer properly. Please try again in a moment.',
  },
  provider_unavailable: {
    status: 503,
    level: 'error',
    title: 'Sign-in not available',
    message: 'The sign-in service of your organization does not answer. Please try again in a moment.',
    retryAfter: 10,
  },
  session_store_unavailable: {
    status: 503,
    level: 'error',
    title: 'Please try again',
    message:
      'Your session could not be read just now. You are still signed in; please try again in a moment.',
    retryAfter: 5,
  },
  too_many_connections: {
    status: 503,
    level: 'warn',
    title: 'Please try again',
    message: 'This site is very busy just now. Please try again in a moment.',
    retryAfter: 5,
  },
  upstream_timeout: {
    status: 504,
    level: 'error',
    title: 'Application too slow',
    message: 'The application behind this site took too long to answer. Please try again in a moment.',
  },
} as const satisfies Record<string, CatalogueEntry>

/** The closed set of public error codes; it is what the JSON answer's `error` says. */
export type ErrorCode = keyof typeof ERRORS

interface ErrorDetails {
  /** For the log only: what the operator has to know or do. Never holds a secret, code, token or query. */
  reason?: string
  cause?: unknown
  /** Seconds until a retry makes sense. */
  retryAfter?: number
  /** Further members of the JSON answer. */
  publicFields?: Readonly<Record<string, string>>
  /** `WWW-Authenticate` of the answer (RFC 9110 §11.6.1). */
  challenge?: string
}

/** A refusal of the catalogue, with what only the log may know. */
export class DoorwardError extends Error {
  override readonly name = 'DoorwardError'
  readonly code: ErrorCode
  readonly reason: string | undefined
  readonly retryAfter: number | undefined
  readonly publicFields: Readonly<Record<string, string>>
  readonly challenge: string | undefined

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.reason ?? ERRORS[code].message, details.cause === undefined ? {} : { cause: details.cause })
    const entry: CatalogueEntry = ERRORS[code]
    this.code = code
    this.reason = details.reason
    this.retryAfter = details.retryAfter ?? entry.retryAfter
    this.publicFields = details.publicFields ?? {}
    this.challenge = details.challenge
  }

  /** HTTP status of the answer. */
  get status(): number {
    return ERRORS[this.code].status
  }
}
