import { Writable } from 'node:stream'
import { test } from 'tap'
import { type AuditEvent, createAudit } from '../src/audit.js'
import { createLogger } from '../src/ops/logging.js'

const levels: { [event in AuditEvent]: string } = {
  'login.started': 'info',
  'login.succeeded': 'info',
  'login.failed': 'warn',
  'session.refreshed': 'info',
  'session.refresh_failed': 'warn',
  'session.ended': 'info',
  logout: 'info',
  'access.denied': 'warn',
  'keys.refreshed': 'info',
  'client.rotated': 'info',
  'assertion.rotated': 'info',
  'config.reloaded': 'info',
  'config.reload_failed': 'error',
}

test('every security event is one JSON line that names itself and whom it is about', async (t) => {
  const lines: string[] = []
  const destination = new Writable({
    write: (chunk, _encoding, done) => done(void lines.push(String(chunk))),
  })
  const audit = createAudit(createLogger(destination))
  const fields = { tenant: 'acme', user: '00u1', session: 'abc', reason: 'why', request_id: 'r-1' }
  for (const event of Object.keys(levels) as AuditEvent[]) audit(event, fields)
  const logged = lines.map((line) => JSON.parse(line))
  t.match(
    logged,
    Object.entries(levels).map(([event, level]) => ({ level, event, msg: event, ...fields })),
  )
  t.equal(lines.length, Object.keys(levels).length)
  audit('login.started', { tenant: 'acme' })
  t.same(Object.keys(JSON.parse(lines.at(-1) ?? '')).sort(), ['event', 'level', 'msg', 'tenant', 'time'])
})

test('nothing that a person is called can forge a second line', async (t) => {
  const lines: string[] = []
  const destination = new Writable({
    write: (chunk, _encoding, done) => done(void lines.push(String(chunk))),
  })
  const user = 'alice\n{"level":"info","event":"logout","tenant":"globex"}'
  createAudit(createLogger(destination))('logout', { tenant: 'acme', user })
  const text = lines.join('')
  t.equal(text.trim().split('\n').length, 1)
  t.equal(JSON.parse(text).user, user)
})
