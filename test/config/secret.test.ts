import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { format, inspect } from 'node:util'
import { test } from 'tap'
import { loadConfig } from '../../src/config/load.js'
import { Secret } from '../../src/config/secret.js'

test('a secret shows its value to reveal() and to nothing else', async (t) => {
  const secret = Secret.of('s3cret')
  t.equal(secret.reveal(), 's3cret')
  const wrapped = { deep: { list: [secret] } }
  const printed = [
    `${secret}`,
    JSON.stringify(wrapped),
    inspect(wrapped, { depth: 9, showHidden: true }),
    inspect(wrapped, { customInspect: false, depth: 9, showHidden: true }),
    format('%s %o %O %j', secret, secret, secret, secret),
    JSON.stringify({ ...secret }),
    JSON.stringify(structuredClone(Object.assign({}, secret))),
  ]
  for (const text of printed) t.notMatch(text, 's3cret')
  t.equal(JSON.stringify(secret), '"[secret]"')
})

test('a file secret follows its file and keeps the last good value while the file is unusable', async (t) => {
  const file = join(t.testdir({ key: 'first\n' }), 'key')
  const secret = Secret.fromFile(file, (value) => !value.startsWith('bad'))
  t.equal(secret.reveal(), 'first')
  writeFileSync(file, '\uFEFFsecond\r\n')
  t.equal(secret.reveal(), 'second')
  writeFileSync(file, '')
  t.equal(secret.reveal(), 'second', 'empty')
  writeFileSync(file, 'bad value')
  t.equal(secret.reveal(), 'second', 'not acceptable')
  rmSync(file)
  t.equal(secret.reveal(), 'second', 'gone')
  writeFileSync(`${file}.new`, 'third')
  renameSync(`${file}.new`, file)
  t.equal(secret.reveal(), 'third', 'replaced')
})

test('secrets come from the environment and from files beside the file that names them', async (t) => {
  const tenant = (hostname: string, secret: string) =>
    `origins: [https://${hostname}]\nissuer: https://idp.example\nclient_id: x\nclient_secret: ${secret}\n`
  const key = Buffer.alloc(32, 255)
  const dir = t.testdir({
    'doorward.yaml': `
upstream: http://127.0.0.1:3000
session: { store: "redis://:p%40ss@localhost/1", keys: ["\${KEY}", { file: keys/old }] }
tenants_dir: tenants
`,
    keys: { old: `${key.toString('base64url')}\n` },
    tenants: {
      'a.yaml': tenant('a.example', '{ env: A_SECRET }'),
      'b.yaml': tenant('b.example', '{ file: b.secret }'),
      'b.secret': 'of b\n',
    },
  })
  const env = { KEY: key.toString('base64'), A_SECRET: 'of a' }
  const { session, tenants } = loadConfig(resolve(dir, 'doorward.yaml'), env)
  t.same(
    session.keys.map((secret) => secret.reveal()),
    [key.toString('base64'), key.toString('base64url')],
  )
  t.same(
    tenants.map(({ client_secret }) => client_secret[0]?.reveal()),
    ['of a', 'of b'],
  )
})
