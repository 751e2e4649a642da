import { symlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Test, test } from 'tap'
import { ConfigError, loadConfig } from '../../src/config/load.js'

const tenantAt = (hostname: string, more = '') =>
  `origins: [https://${hostname}]\nissuer: https://idp.example\nclient_id: x\nclient_secret: s3cret\n${more}`

const MAIN = 'upstream: http://127.0.0.1:3000\ntenants_dir: tenants\n'

function problemsOf(t: Test, tenants: Record<string, string>, main = MAIN): readonly string[] {
  const dir = t.testdir({ 'doorward.yaml': main, tenants })
  try {
    loadConfig(resolve(dir, 'doorward.yaml'), {})
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems
  }
}

test('each YAML file is a tenant, and what Kubernetes and editors leave beside it is not', async (t) => {
  const dir = t.testdir({
    'doorward.yaml': MAIN,
    tenants: {
      '..data': { 'acme.yaml': tenantAt('acme.example') },
      '.hidden.yaml': 'nonsense: [',
      'b.yml': tenantAt('b.example'),
      'b.yml~': 'nonsense: [',
      'README.md': 'nonsense: [',
    },
  })
  symlinkSync('..data/acme.yaml', resolve(dir, 'tenants/acme.yaml'))
  const { tenants } = loadConfig(resolve(dir, 'doorward.yaml'), {})
  t.same(
    tenants.map(({ id }) => id),
    ['acme', 'b'],
  )
})

test('problems of all files are told at once, each with its file', async (t) => {
  const problems = problemsOf(t, {
    'a.yaml': tenantAt('a.example', 'id: b\n'),
    'Acme Corp.yaml': tenantAt('corp.example'),
    'broken.yaml': 'origins: [\nclient_secret: s3cret',
    'dup.yaml': tenantAt('A.example.'),
    'dup.yml': tenantAt('other.example'),
    'empty.yaml': '# nothing yet\n',
    'list.yaml': '- s3cret\n',
    'unset.yaml': tenantAt('unset.example', `userinfo: "\${NOT_SET}"\n`),
  })
  t.same(problems, [
    "tenants/Acme Corp.yaml: the file's name is the tenant's id and must be 1 to 63 of a-z, 0-9 and -",
    'tenants/a.yaml: id: must be a, the name of the file, or be left out',
    'tenants/broken.yaml: line 2, column 1: the indentation does not fit',
    'tenants/empty.yaml: origins: is required',
    'tenants/empty.yaml: issuer: is required',
    'tenants/empty.yaml: client_id: is required',
    'tenants/empty.yaml: client_secret: is required where there is no client_key',
    'tenants/list.yaml: must be a mapping of keys to values',
    'tenants/unset.yaml: userinfo: needs the environment variable NOT_SET, which is not set',
    'tenants/dup.yaml: origins[0]: a.example belongs to tenant "a" (tenants/a.yaml) already; a hostname belongs to one tenant, whatever the port',
    'tenants/dup.yml: id: dup is the id of tenant "dup" (tenants/dup.yaml) already; give one of them another id',
  ])
})

test('a hostname of an inline tenant is not given again in a file', async (t) => {
  const inline = `${MAIN}tenants: [{ id: a, origins: ["http://app.localhost:1"], issuer: "https://i.example", client_id: x, client_secret: y }]\n`
  t.match(problemsOf(t, { 'b.yaml': tenantAt('app.localhost') }, inline), [
    'tenants/b.yaml: origins[0]: app.localhost belongs to tenant "a" (tenants[0]) already',
  ])
})

test('an empty directory is no tenant at all', async (t) => {
  t.match(problemsOf(t, {}), ['tenants: must hold at least one tenant'])
})

test('a missing main file and a directory in its place are each told', async (t) => {
  const dir = t.testdir({ 'doorward.yaml': {} })
  const load = (name: string) => () => loadConfig(resolve(dir, name), {})
  t.throws(load('none.yaml'), new ConfigError(['none.yaml: does not exist']))
  t.throws(load('doorward.yaml'), new ConfigError(['doorward.yaml: is a directory']))
})

test('ten thousand tenants load, inline and from a directory', async (t) => {
  const half = Array.from({ length: 5_000 }, (_, index) => index)
  const dir = t.testdir({
    'doorward.yaml': `${MAIN}tenants:\n${half.map((n) => `  - ${tenantAt(`i${n}.example`).trim().replaceAll('\n', '\n    ')}\n`).join('')}`,
    tenants: Object.fromEntries(half.map((n) => [`f${n}.yaml`, tenantAt(`f${n}.example`)])),
  })
  t.equal(loadConfig(resolve(dir, 'doorward.yaml'), {}).tenants.length, 10_000)
})
