import { stripVTControlCharacters } from 'node:util'
import { test } from 'tap'
import { canRedraw, hasColors, statusLine, widthOf } from '../src/terminal.js'
import { writeConfig } from './fixtures/proxy.js'
import { runAtTerminal } from './fixtures/terminal.js'
import { json, startTinyProvider } from './oidc/tiny-provider.js'

const tenant = (id: string, issuer: string) => ({
  ...{ id, issuer, origins: [`http://${id}.localhost:1`], client_id: 'a', client_secret: 's3cret' },
})

const CLEAR = '\r\x1b[K'
const COLOR = /\p{Cc}\[\d+m/u

test('at a terminal the log is lines for people, and none is lost at the end', async (t) => {
  const settings = {
    server: { listen: '127.0.0.1:0', shutdown: { drain_delay: '0s' } },
    admin: { listen: '127.0.0.1:0' },
    upstream: 'http://127.0.0.1:3',
    tenants: [tenant('acme', 'http://localhost:2')],
  }
  const doorward = runAtTerminal(t, ['--config', writeConfig(t, settings)])
  if (!doorward) return
  await doorward.shows(/listening {2}[^\n]*\n/)
  t.match(doorward.screen, COLOR)
  doorward.type('\x03')
  t.equal(await doorward.exit, 0)
  const lines = stripVTControlCharacters(doorward.screen).split(/\r?\n/)
  const time = '\\[\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\]'
  t.match(
    lines.find((line) => line.includes('listening  ')),
    new RegExp(`^${time} INFO: listening {2}admin=http://127.0.0.1:\\d+ {2}public=.* tenants=1$`),
  )
  t.match(lines.at(-3), new RegExp(`${time} INFO: stopping {2}signal=SIGINT$`))
  t.match(lines.at(-2), new RegExp(`^${time} INFO: stopped$`))
})

test('at a terminal check shows whom it waits for, and Ctrl-C shows what is known by then', async (t) => {
  const { issuer, answers } = await startTinyProvider(t)
  const slow = await startTinyProvider(t)
  const path = '/.well-known/openid-configuration'
  answers.set(path, json(404, {}))
  slow.answers.set(path, () => undefined)
  const tenants = [tenant('slow', slow.issuer), tenant('gone', issuer)]
  const file = writeConfig(t, { upstream: 'http://127.0.0.1:3', tenants })
  const doorward = runAtTerminal(t, ['check', '--config', file], { NO_COLOR: '1' })
  if (!doorward) return
  await doorward.shows(/1 of 2 asked; 1 with errors; waiting for slow\b/)
  doorward.type('\x03')
  t.equal(await doorward.exit, 130)
  const [, table = ''] = doorward.screen.split(`${CLEAR}TENANT`)
  t.match(table, /^slow +http\S+ +not asked\r$/m)
  t.match(table, /^gone +http\S+ +1 error\r$/m)
  t.match(table, /^2 tenants, 1 with errors, 1 not asked \(interrupted\)\.\r$/m)
  for (const line of table.split('\r\n')) t.ok(line.length <= 60 || !line.trim().includes(' '), line)
  t.notMatch(doorward.screen, COLOR, 'no colours with NO_COLOR')
})

test('colours are for terminals, unless the environment says otherwise', async (t) => {
  const rows: readonly (readonly [boolean, boolean, Readonly<Record<string, string>>])[] = [
    [true, true, {}],
    [false, false, {}],
    [false, true, { NO_COLOR: '1' }],
    [true, true, { NO_COLOR: '' }],
    [false, true, { TERM: 'dumb' }],
    [true, false, { FORCE_COLOR: '1' }],
    [false, true, { FORCE_COLOR: '0' }],
    [true, true, { FORCE_COLOR: '' }],
    [false, false, { FORCE_COLOR: '1', NO_COLOR: '1' }],
  ]
  for (const [expected, isTTY, env] of rows) {
    t.equal(hasColors({ isTTY }, env), expected, `${isTTY} ${JSON.stringify(env)}`)
  }
  t.notOk(canRedraw({ isTTY: true }, { TERM: 'dumb' }))
  t.equal(widthOf({ isTTY: true, columns: 0 }), undefined, 'a terminal that does not know')
  t.equal(widthOf({ columns: 80 }), undefined)
})

test('a status line stays one line, and is not there where nobody sees it', async (t) => {
  let written = ''
  const write = (text: string) => {
    written += text
  }
  statusLine({ isTTY: true, columns: 10, write }, {})('longer than ten')
  t.equal(written, '\rlonger t…\x1b[K')
  written = ''
  statusLine({ columns: 10, write }, { FORCE_COLOR: '1' })('x')
  statusLine({ isTTY: true, write }, { TERM: 'dumb' })('x')
  t.equal(written, '')
})
