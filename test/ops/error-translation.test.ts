import { test } from 'tap'
import { DoorwardError, type ErrorCode } from '../../src/errors.js'
import { toDoorwardError } from '../../src/ops/error-handler.js'

const thrown = (statusCode: number | undefined, code?: string) =>
  Object.assign(new Error('details'), { ...(statusCode && { statusCode }), ...(code && { code }) })

const translations: [what: string, error: unknown, code: ErrorCode][] = [
  ['its own error', new DoorwardError('access_denied'), 'access_denied'],
  ['a body beyond the limit', thrown(413, 'FST_ERR_CTP_BODY_TOO_LARGE'), 'body_too_large'],
  ['an unknown media type', thrown(415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE'), 'unsupported_media_type'],
  ['a bad length', thrown(400, 'FST_ERR_CTP_INVALID_CONTENT_LENGTH'), 'malformed_request'],
  ['a bad URL', thrown(400, 'FST_ERR_BAD_URL'), 'malformed_request'],
  ['another mistake of the client', thrown(422), 'malformed_request'],
  ['an error of the server', thrown(500), 'internal_error'],
  ['a status beyond', thrown(503), 'internal_error'],
  ['a status that is none', thrown(200), 'internal_error'],
  ['a plain error', new Error('boom'), 'internal_error'],
  ['a TypeError', new TypeError('x is not a function'), 'internal_error'],
  ['a text', 'boom', 'internal_error'],
  ['a number', 42, 'internal_error'],
  ['an empty object', {}, 'internal_error'],
]

test('whatever is thrown becomes an error of the catalogue', async (t) => {
  for (const [what, error, code] of translations) t.equal(toDoorwardError(error).code, code, what)
  const cause = thrown(413, 'FST_ERR_CTP_BODY_TOO_LARGE')
  t.match(toDoorwardError(cause), { cause, reason: 'FST_ERR_CTP_BODY_TOO_LARGE: details' })
})
