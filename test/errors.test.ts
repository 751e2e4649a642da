import { STATUS_CODES } from 'node:http'
import { test } from 'tap'
import { DoorwardError, ERRORS, type ErrorCode } from '../src/errors.js'

const codes = Object.keys(ERRORS) as ErrorCode[]

// Interface §5.
const statuses: { [code in ErrorCode]?: number } = {
  misdirected_request: 421,
  login_required: 401,
  access_denied: 403,
  session_store_unavailable: 503,
  provider_unavailable: 503,
  invalid_callback: 400,
  login_misconfigured: 500,
  too_many_logins: 429,
  upstream_unreachable: 502,
  upstream_timeout: 504,
  malformed_request: 400,
  headers_too_large: 431,
  body_too_large: 413,
  request_timeout: 408,
  too_many_connections: 503,
}

test('each situation has its status', async (t) => {
  for (const [code, status] of Object.entries(statuses))
    t.equal(ERRORS[code as ErrorCode].status, status, code)
})

test('every error has a public sentence for people, and none speaks of machinery', async (t) => {
  for (const code of codes) {
    const { status, title, message } = ERRORS[code]
    t.match(code, /^[a-z]+(?:_[a-z]+)*$/)
    t.ok(STATUS_CODES[status], `${code}: ${status}`)
    t.match(title, /^[A-Z][^.]+$/, code)
    t.match(message, /^[A-Z].*\.$/, code)
    // One is for an administrator, who has to find the setting.
    if (code === 'unsolicited_id_token') continue
    t.notMatch(message, /redis|issuer|client_|oidc|oauth|okta|upstream|proxy|token|cookie|https?:/i, code)
  }
})

test('a passing refusal says when to come back', async (t) => {
  for (const code of codes.filter((name) => [429, 503].includes(ERRORS[name].status))) {
    t.ok((new DoorwardError(code).retryAfter ?? 0) > 0, code)
  }
  t.equal(new DoorwardError('provider_unavailable', { retryAfter: 42 }).retryAfter, 42)
  t.equal(new DoorwardError('not_found').retryAfter, undefined)
})

test('an error keeps what only the log may know apart from what is said', async (t) => {
  const cause = new Error('deep')
  const error = new DoorwardError('login_required', {
    reason: 'why',
    cause,
    publicFields: { login_url: '/l' },
  })
  t.match(error, {
    name: 'DoorwardError',
    code: 'login_required',
    status: 401,
    reason: 'why',
    message: 'why',
  })
  t.equal(error.cause, cause)
  t.same(error.publicFields, { login_url: '/l' })
  const bare = new DoorwardError('not_found')
  t.equal(bare.message, ERRORS.not_found.message)
  t.notOk('cause' in bare)
  t.same(bare.publicFields, {})
})
