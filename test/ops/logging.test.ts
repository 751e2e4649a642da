import { Writable } from 'node:stream'
import { test } from 'tap'
import { createLogger } from '../../src/ops/logging.js'

function start() {
  let text = ''
  const write = (chunk: unknown, _encoding: string, done: () => void) => {
    text += chunk
    done()
  }
  return { log: createLogger(new Writable({ write })), read: () => text }
}

const SECRET = 'S3CRET'
const secrets = {
  authorization: `Bearer ${SECRET}`,
  cookie: `__Host-doorward=${SECRET}`,
  'x-api-key': SECRET,
}

// GHSA-hhqp-vx7f-5c6m: a peer printed the whole request.
test('requests, responses and errors are logged by named fields, never whole', async (t) => {
  const { log, read } = start()
  const req = {
    method: 'GET',
    url: `/callback?code=${SECRET}&state=${SECRET}`,
    headers: secrets,
    body: SECRET,
  }
  const res = {
    statusCode: 302,
    headers: { 'set-cookie': secrets.cookie, location: `https://a/?c=${SECRET}` },
  }
  const deep = Object.assign(new Error('deep'), { body: SECRET, config: secrets })
  const err = Object.assign(new Error('failed', { cause: deep }), {
    request: req,
    response: res,
    token: SECRET,
  })
  log.info({ req, res }, 'both')
  log.error({ err }, 'failed')
  log.error(err)
  t.notMatch(read(), SECRET)
  t.same(
    read()
      .trim()
      .split('\n')
      .map((line) => {
        const { time, ...rest } = JSON.parse(line)
        return rest
      }),
    [
      { level: 'info', req: { method: 'GET' }, res: { status: 302 }, msg: 'both' },
      { level: 'error', err: { type: 'Error', message: 'failed' }, msg: 'failed' },
      { level: 'error', err: { type: 'Error', message: 'failed' }, msg: 'failed' },
    ],
  )
})

test('a line is JSON with a level by name and a time that people can read', async (t) => {
  const { log, read } = start()
  log.warn({ tenant: 'acme', reason: 'a\nb"c\u0000' }, 'told')
  const line = JSON.parse(read())
  t.match(line, { level: 'warn', tenant: 'acme', reason: 'a\nb"c\u0000', msg: 'told' })
  t.match(line.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  t.same(Object.keys(line).sort(), ['level', 'msg', 'reason', 'tenant', 'time'], 'no host, no pid')
})

test('children keep the serializers', async (t) => {
  const { log, read } = start()
  log.child({ request_id: 'r-1' }).info({ req: { method: 'GET', headers: secrets } }, 'told')
  t.match(JSON.parse(read()), { request_id: 'r-1', req: { method: 'GET' } })
  t.notMatch(read(), SECRET)
})
