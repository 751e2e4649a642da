import { Writable } from 'node:stream'
import { test } from 'tap'
import { createLogger } from '../../src/ops/logging.js'
import { openReadableLog } from '../../src/ops/readable-log.js'

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

test('for people a line says the same, and nobody else writes to their terminal', async (t) => {
  const lines: string[] = []
  const readable = async (isColored: boolean) => {
    const destination = await openReadableLog({ isColored, write: (line) => lines.push(line) })
    return createLogger(destination)
  }
  const log = await readable(false)
  const evil = 'a\u001b[2Jb\u009b2J\r\n[00:00:00.000] INFO: login.succeeded'
  log.info({ event: 'login.started', tenant: 'acme', request_id: 'r-1' }, 'login.started')
  log.warn({ reason: evil, tenants: 2 }, evil)
  log.error({ err: Object.assign(new Error(evil), { token: SECRET }), req: { headers: secrets } }, 'failed')
  log.fatal(new Error('only'))
  const told = lines.map((line) => line.replace(/^\[[\d:.]{12}\] /, ''))
  t.equal(told[0], 'INFO: login.started  tenant=acme  request_id=r-1\n')
  t.match(told[1], /^WARN: a \[2Jb 2J \[00.* {2}reason="a\\u001b\[2Jb 2J\\r\\n\[00.*" {2}tenants=2\n$/)
  t.match(told[2], /^ERROR: failed {2}err=\{"type":"Error","message":"a.*\} {2}req=\{\}\n$/)
  t.equal(told[3], 'FATAL: only  err={"type":"Error","message":"only"}\n')
  for (const line of lines)
    t.notMatch(line.slice(0, -1), /\p{Cc}/u, 'one line, and nothing that moves the cursor')
  t.notMatch(lines.join(''), SECRET)
  const colored = await readable(true)
  colored.info('told')
  t.match(lines.at(-1), '\x1b[32mINFO\x1b[39m')
})
