import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { ConfigError, UnsettledError } from '../../src/config/config-error.js'
import { openConfig } from '../../src/config/config-source.js'
import { mountFiles, swapFiles } from '../deploy/kubelet.js'

const LONG_AGO = new Date('2026-01-01T00:00:00Z')

const tenant = (name: string, more = ''): string =>
  `origins: [https://${name}.example.com]\nissuer: https://${name}.okta.com\nclient_id: 0oa-${name}\nclient_secret: s3cret\n${more}`

const MAIN = 'upstream: http://127.0.0.1:3000\ntenants_dir: tenants\n'

/** A directory of files that nobody has touched lately. */
function startFiles(t: Pick<Test, 'testdir'>, files: Readonly<Record<string, string>>) {
  const directory = t.testdir({ 'doorward.yaml': MAIN, tenants: {} })
  const write = (name: string, text: string, time = LONG_AGO) => {
    writeFileSync(join(directory, name), text)
    utimesSync(join(directory, name), time, time)
  }
  write('doorward.yaml', MAIN)
  for (const [name, text] of Object.entries(files)) write(name, text)
  const source = openConfig(join(directory, 'doorward.yaml'), {})
  return { directory, write, source, read: (isPatient = true) => source.read({ isPatient }) }
}

const ids = ({ tenants }: { tenants: readonly { id: string }[] }) => tenants.map(({ id }) => id)

test('who has not changed is the same object after another reading', async (t) => {
  const { directory, write, source, read } = startFiles(t, {
    'tenants/a.yaml': tenant('a'),
    'tenants/b.yaml': tenant('b', 'rules: []\nheaders: { X-User: sub }\n'),
  })
  const first = source.config
  const [a, b] = first.tenants
  t.equal(await read(), first, 'the configuration itself where nothing has')
  write('tenants/c.yaml', tenant('c'))
  const second = await read()
  t.same(ids(second), ['a', 'b', 'c'])
  t.equal(second.tenants[0], a)
  t.equal(second.tenants[1], b)
  write('doorward.yaml', `${MAIN}rules: [{ path: /healthz, access: public }]\n`, new Date())
  const third = await read(false)
  t.equal(third.tenants[1], b, 'all that it says is its own')
  t.match(third.tenants[0], { id: 'a', rules: [{ access: 'public' }] })
  t.equal(third.tenants[0]?.headers, a?.headers, 'nor has what is inherited as before')
  rmSync(join(directory, 'tenants/b.yaml'))
  t.same(ids(await read(false)), ['a', 'c'])
  t.equal(source.config.tenants[0], third.tenants[0])
})

test('a file is read again only when it looks otherwise, and always while its time could deceive', async (t) => {
  const { write, source, read } = startFiles(t, { 'tenants/a.yaml': tenant('a') })
  write('tenants/a.yaml', tenant('b'))
  t.match((await read()).tenants, [{ client_id: '0oa-a' }], 'it was not read')
  // Ahead, so that a machine that is busy for a second reads both before the tick is over.
  const now = new Date(Date.now() + 900)
  write('tenants/a.yaml', tenant('c'), now)
  t.match((await read(false)).tenants, [{ client_id: '0oa-c' }])
  write('tenants/a.yaml', tenant('d'), now)
  t.match((await read(false)).tenants, [{ client_id: '0oa-d' }], 'written twice within one tick of the clock')
  t.match(source.config.tenants, [{ client_id: '0oa-d' }])
})

test('a file that is being written is left alone by the patient', async (t) => {
  const { write, source, read } = startFiles(t, { 'tenants/a.yaml': tenant('a') })
  const before = source.config
  // Where the machine is too busy to look at once, the file counts as written, and is wrong.
  const isLeftAlone = async (name: string, half: string): Promise<boolean> => {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      write(name, half, new Date(Date.now() + 100))
      const error = await read().catch((reason: unknown) => reason)
      t.equal(source.config, before)
      if (error instanceof UnsettledError) return true
    }
    return false
  }
  t.ok(await isLeftAlone('tenants/a.yaml', ''))
  write('tenants/a.yaml', tenant('a'))
  t.ok(await isLeftAlone('doorward.yaml', 'upstr'))
  write('doorward.yaml', MAIN)
  t.equal(await read(), before)
})

test('what is wrong anywhere keeps the configuration as it was, whole, until all is right', async (t) => {
  const { directory, write, source, read } = startFiles(t, {
    'tenants/a.yaml': tenant('a'),
    'tenants/b.yaml': tenant('b'),
  })
  const before = source.config
  write('tenants/a.yaml', tenant('a', 'userinfo: always\n'))
  write('tenants/b.yaml', tenant('b', 'scopes: 3\n'))
  write(
    'tenants/c.yaml',
    tenant('a', 'client_key: { file: nowhere.pem }\n').replace('client_secret: s3cret\n', ''),
  )
  const expected = [
    /^tenants\/b\.yaml: scopes: must be a list/,
    /^tenants\/c\.yaml: client_key: file .*nowhere\.pem does not exist/,
    /^tenants\/c\.yaml: origins\[0\]: a\.example\.com belongs to tenant "a"/,
  ]
  for (const attempt of ['first', 'next']) {
    const error = await read().catch((reason: unknown) => reason)
    t.ok(error instanceof ConfigError)
    t.match((error as ConfigError).problems, expected, `all of it, at the ${attempt} attempt`)
    t.equal((error as ConfigError).problems.length, 3)
    t.equal(source.config, before)
  }
  write('tenants/b.yaml', tenant('b'))
  rmSync(join(directory, 'tenants/c.yaml'))
  const after = await read()
  t.match(after.tenants[0], { userinfo: 'always' })
  t.equal(after.tenants[1], before.tenants[1])
})

test('a secret whose file comes after its tenant is found, though the tenant has not changed again', async (t) => {
  const { write, read } = startFiles(t, { 'tenants/a.yaml': tenant('a') })
  write('tenants/b.yaml', tenant('b').replace('s3cret', '{ file: ../secret }'))
  await t.rejects(read(), ConfigError)
  write('secret', 'from a file')
  const { tenants } = await read()
  t.equal(tenants[1]?.client_secret[0]?.reveal(), 'from a file')
  write('secret', 'changed', new Date())
  t.equal((await read()).tenants[1], tenants[1], 'whose change is followed where it is used')
  t.equal(tenants[1]?.client_secret[0]?.reveal(), 'changed')
})

test("Kubernetes' swap of a volume is one change, or none where its files say the same", async (t) => {
  const directory = t.testdir({ 'doorward.yaml': MAIN })
  const folder = join(directory, 'tenants')
  mountFiles(folder, { 'a.yaml': tenant('a'), 'b.yaml': tenant('b') })
  const source = openConfig(join(directory, 'doorward.yaml'), {})
  const before = source.config
  swapFiles(folder, { 'a.yaml': tenant('a'), 'b.yaml': tenant('b') }, '..2026_11_22_10')
  t.equal(await source.read({ isPatient: false }), before)
  swapFiles(folder, { 'a.yaml': tenant('a'), 'c.yaml': tenant('c') }, '..2026_11_22_11')
  const after = await source.read({ isPatient: false })
  t.same(ids(after), ['a', 'c'])
  t.equal(after.tenants[0], before.tenants[0])
  t.ok(
    source.watched.some(
      ({ path, concerns }) => path === folder && concerns('..data') && !concerns('a.yaml~'),
    ),
  )
})

test('another directory of tenants is another, though its files have the same names', async (t) => {
  const { directory, write, read } = startFiles(t, { 'tenants/a.yaml': tenant('a') })
  mkdirSync(join(directory, 'others'))
  write('others/a.yaml', tenant('b'))
  write('doorward.yaml', MAIN.replace('dir: tenants', 'dir: others'), new Date())
  t.match((await read(false)).tenants, [{ id: 'a', client_id: '0oa-b' }])
})
