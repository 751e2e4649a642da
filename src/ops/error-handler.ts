import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { DoorwardError, ERRORS, type ErrorCode } from '../errors.js'
import { wantsPage } from '../headers/navigation.js'
import { PAGE_HEADERS, renderPage } from '../pages/render-page.js'

interface ErrorHandlerOptions {
  readonly pathPrefix: string
}

// The sign-in problems that the person can do something about.
const CAN_START_AGAIN: ReadonlySet<ErrorCode> = new Set([
  'invalid_callback',
  'unsolicited_id_token',
  'access_denied',
  'step_up_failed',
  'too_many_logins',
  'login_misconfigured',
  'provider_unavailable',
])

/** The one place that turns errors into answers, and the only logger of failures. */
export const errorHandler = fp<ErrorHandlerOptions>(
  async function errorHandler(app, { pathPrefix }) {
    app.setErrorHandler((error: FastifyError, request, reply) =>
      answerError(error, request, reply, pathPrefix),
    )
  },
  { name: 'error-handler' },
)

/** Logs an error and answers it with a page or with JSON. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  pathPrefix: string,
): FastifyReply {
  const known = toDoorwardError(error)
  log(known, request)
  request.outcome = known.code
  return answer(known, request, reply, pathPrefix)
}

/** Translates what Fastify and Node throw; what nobody foresaw is an `internal_error`. */
export function toDoorwardError(error: unknown): DoorwardError {
  if (error instanceof DoorwardError) return error
  const { statusCode, code } = (error ?? {}) as Partial<FastifyError>
  const details = { cause: error, reason: `${code ?? 'unexpected'}: ${messageOf(error)}` }
  if (statusCode === 413) return new DoorwardError('body_too_large', details)
  if (statusCode === 415) return new DoorwardError('unsupported_media_type', details)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new DoorwardError('malformed_request', details)
  }
  return new DoorwardError('internal_error', details)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function log(error: DoorwardError, request: FastifyRequest): void {
  const event = request.failureEvent
  const level = ERRORS[error.code].level
  // A request that the router refused has not been decorated.
  const person = request.opened?.session
  const fields = {
    ...(event === null ? {} : { event }),
    error: error.code,
    ...(request.site?.tenant === undefined ? {} : { tenant: request.site.tenant.id }),
    ...(person === undefined ? {} : { user: person.identity.sub, session: person.id }),
    reason: error.reason,
    // An unforeseen error is a defect of Doorward's: only then is the stack of use.
    ...(error.code === 'internal_error' && error.cause instanceof Error ? { stack: error.cause.stack } : {}),
  }
  request.log[level](fields, event ?? error.message)
}

function answer(error: DoorwardError, request: FastifyRequest, reply: FastifyReply, pathPrefix: string) {
  reply.code(error.status)
  // After a refused upgrade the socket is closed, so that it can be no tunnel; the client should know.
  // RFC 9110 §15.5.9: nor is a connection of use whose client does not go on.
  if (request.headers.upgrade !== undefined || error.code === 'request_timeout') {
    reply.header('connection', 'close')
  }
  if (error.challenge !== undefined) reply.header('www-authenticate', error.challenge)
  if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter))
  // Who has no session and is no navigation gets JSON, also a form: nothing is shown that a script would parse.
  if (error.code === 'login_required' || !wantsPage(request.method, request.headers)) {
    const body = { error: error.code, message: ERRORS[error.code].message, ...error.publicFields }
    return reply.header('cache-control', 'no-store').send(body)
  }
  const { title, message } = ERRORS[error.code]
  const action = { href: `${pathPrefix}/login`, label: 'Try again' }
  const page = {
    title,
    message,
    reference: request.id,
    ...(CAN_START_AGAIN.has(error.code) ? { action } : {}),
  }
  return reply.headers(PAGE_HEADERS).send(renderPage(page))
}
