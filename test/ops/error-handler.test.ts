import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { type Test, test } from 'tap'
import { DoorwardError, ERRORS, type ErrorCode } from '../../src/errors.js'
import { errorHandler } from '../../src/ops/error-handler.js'
import { createLogger } from '../../src/ops/logging.js'
import { requestState } from '../../src/ops/request-state.js'

/** An app that throws what a test wants, and the lines it logs. */
async function start(t: Pick<Test, 'teardown'>, error: unknown) {
  const lines: Record<string, unknown>[] = []
  const write = (chunk: unknown, _encoding: string, done: () => void) => {
    lines.push(JSON.parse(String(chunk)))
    done()
  }
  const loggerInstance = createLogger(new Writable({ write }))
  const logController = new LogController({ disableRequestLogging: true })
  const app = Fastify({ loggerInstance, logController }) as unknown as FastifyInstance
  t.teardown(() => app.close())
  await app.register(requestState)
  await app.register(errorHandler, { pathPrefix: '/auth' })
  app.all('/plain', async () => {
    throw error
  })
  app.all('/login', async (request) => {
    request.failureEvent = 'login.failed'
    throw error
  })
  return { app, lines }
}

const HOSTILE = '<script>alert(1)</script>'
const browser = { 'sec-fetch-mode': 'navigate', cookie: `c=${HOSTILE}`, 'user-agent': HOSTILE }

test('a script gets JSON, with the public sentence and nothing of the cause', async (t) => {
  const cause = new Error('ECONNREFUSED secret-host')
  const details = { cause, reason: 'the reason', publicFields: { login_url: 'https://a/login' } }
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const { app } = await start(t, new DoorwardError(code, details))
    const answer = await app.inject({
      url: `/plain?q=${encodeURIComponent(HOSTILE)}`,
      headers: { accept: '*/*' },
    })
    t.equal(answer.statusCode, ERRORS[code].status, code)
    t.same(answer.json(), { error: code, message: ERRORS[code].message, login_url: 'https://a/login' })
    t.equal(answer.headers['cache-control'], 'no-store')
    t.match(answer.headers['content-type'], /^application\/json/)
  }
})

test('a person gets a page that reflects nothing of the request', async (t) => {
  // Who has no session gets JSON; a navigation is sent to sign in instead.
  for (const code of (Object.keys(ERRORS) as ErrorCode[]).filter((name) => name !== 'login_required')) {
    const { app } = await start(t, new DoorwardError(code, { reason: 'the reason' }))
    const url = `/plain?q=${encodeURIComponent(HOSTILE)}`
    for (const request of [
      { url, headers: browser },
      { url, method: 'POST' as const, headers: browser },
    ]) {
      const answer = await app.inject(request)
      t.equal(answer.statusCode, ERRORS[code].status, code)
      t.match(answer.headers, {
        'content-type': /^text\/html/,
        'cache-control': 'no-store',
        'content-security-policy': /'none'/,
      })
      t.notMatch(answer.body, /alert|the reason/)
      t.ok(answer.body.includes(ERRORS[code].title), code)
    }
  }
})

test('Retry-After comes from whoever knows it', async (t) => {
  const header = async (error: DoorwardError) => {
    const { app } = await start(t, error)
    return (await app.inject('/plain')).headers['retry-after']
  }
  t.equal(await header(new DoorwardError('session_store_unavailable')), '5')
  t.equal(await header(new DoorwardError('provider_unavailable', { retryAfter: 42 })), '42')
  t.equal(await header(new DoorwardError('not_found')), undefined)
})

test('only a failed sign-in that can be tried again offers it', async (t) => {
  const again = [
    'invalid_callback',
    'unsolicited_id_token',
    'access_denied',
    'step_up_failed',
    'too_many_logins',
    'login_misconfigured',
    'provider_unavailable',
  ]
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const { app } = await start(t, new DoorwardError(code))
    const { body } = await app.inject({ url: '/plain', headers: browser })
    t.equal(body.includes('href="/auth/login"'), again.includes(code), code)
  }
})

test('a failure is logged once, at its level, under the event of its request, without the query', async (t) => {
  const { app, lines } = await start(t, new DoorwardError('invalid_callback', { reason: 'no state' }))
  await app.inject('/login?code=SECRET&state=SECRET')
  t.match(lines, [
    {
      level: 'warn',
      event: 'login.failed',
      msg: 'login.failed',
      error: 'invalid_callback',
      reason: 'no state',
    },
  ])
  t.equal(lines.length, 1)
  t.notMatch(JSON.stringify(lines), 'SECRET')
  t.notOk('stack' in (lines[0] ?? {}))
})

test('a defect is an error with its stack in the log and a bland sentence outside', async (t) => {
  const { app, lines } = await start(t, new TypeError('x is not a function'))
  const answer = await app.inject('/plain')
  t.same(answer.json(), { error: 'internal_error', message: ERRORS.internal_error.message })
  t.match(lines, [
    { level: 'error', error: 'internal_error', reason: /x is not a function/, stack: /error-handler\.test/ },
  ])
})
