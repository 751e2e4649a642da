import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { runDoorward } from './fixtures/process.js'

const TENANT = 'origins: ["http://acme.localhost:1"], issuer: "http://localhost:2", client_id: a'
const FINE = `
server: { listen: "127.0.0.1:0" }
upstream: http://127.0.0.1:3
tenants: [{ ${TENANT}, client_secret: s3cret-a }]
`

test('the version, the help, a key and the schema are on stdout', async (t) => {
  const run = async (...args: string[]) => {
    const doorward = runDoorward(t, args)
    t.equal(await doorward.exit, 0, args.join(' '))
    t.equal(doorward.stderr, '')
    return doorward.stdout
  }
  const [version, help, key, otherKey, schema] = await Promise.all([
    run('--version'),
    run('--help'),
    run('keygen'),
    run('keygen'),
    run('schema'),
  ])
  const { version: expected } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.equal(version, `${expected}\n`)
  for (const word of ['serve', 'check', 'urls', 'schema', 'keygen', 'DOORWARD_CONFIG']) t.match(help, word)
  t.equal(Buffer.from(String(key), 'base64').length, 32)
  t.match(key, /^[A-Za-z0-9+/]{43}=\n$/)
  t.not(key, otherKey)
  t.match(JSON.parse(String(schema)), { type: 'object', properties: { tenants: {}, upstream: {} } })
})

test('who reads no further is not shown a stack trace', async (t) => {
  const child = spawn(process.execPath, ['dist/main.js', 'schema'], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  const exit = once(child, 'exit')
  t.equal(await text(child.stderr), '')
  t.same(await exit, [0, null])
})

test('the configuration that comes with Doorward is fine as it is', async (t) => {
  const doorward = runDoorward(t, ['check', '--offline'], { DOORWARD_CONFIG: 'config/doorward.yaml' })
  t.equal(await doorward.exit, 0)
  t.equal(doorward.stdout, 'The configuration is fine: 2 tenants.\n')
})

test('a command that nobody knows is exit 2 with the usage', async (t) => {
  const misuses: [string[], RegExp][] = [
    [['constructor'], /^doorward: there is no command "constructor"$/m],
    [['serve', '--port', '80'], /^doorward: .*--port/m],
    [[], /^doorward: name the configuration: --config FILE/m],
  ]
  const check = async ([args, sentence]: [string[], RegExp]) => {
    const doorward = runDoorward(t, args)
    t.equal(await doorward.exit, 2, args.join(' ') || 'no command and no configuration')
    t.match(doorward.stderr, sentence)
    t.match(doorward.stderr, /^Usage: doorward <command>$/m)
    t.equal(doorward.stdout, '')
    t.notMatch(doorward.stderr, /^\s+at /m, 'no stack trace')
  }
  await Promise.all(misuses.map(check))
})

test('each mistake in the configuration has its own line on stderr, and exit 2', async (t) => {
  const second = `${TENANT.replace('acme', 'ACME')}, client_secret: s3cret-b, id: b`
  const directory = t.testdir({
    'broken.yaml': 'upstream: "http://127.0.0.1:3\n',
    'odd.yaml': 'tenants_dir: odd\n',
    odd: { 'a\u001b[2J.yaml': '[]' },
    'four.yaml': `${FINE.replace('s3cret-a }', `{ file: nowhere } }, { ${second} }`)}
upstreams: 1
session: { keys: [s3cret-short] }
`,
  })
  const four = [
    /^upstreams: is not a known key; did you mean "upstream"\?$/,
    /^session\.keys\[0\]: must be 32 bytes in base64; make one with `doorward keygen`$/,
    /^tenants\[0\]\.client_secret: file \S+\/nowhere does not exist$/,
    /^tenants\[1\]\.origins\[0\]: acme\.localhost belongs to tenant "acme-localhost"/,
  ]
  const check = async (command: string, name: string, sentences: RegExp[]) => {
    const doorward = runDoorward(t, [command, '--config', `${directory}/${name}`])
    t.equal(await doorward.exit, 2, `${command} ${name}`)
    t.equal(doorward.stdout, '')
    const lines = doorward.stderr.split('\n')
    t.equal(lines.pop(), '', 'the last line is complete')
    t.equal(lines.length, sentences.length, 'one line a problem')
    for (const sentence of sentences)
      t.ok(
        lines.some((line) => sentence.test(line)),
        String(sentence),
      )
    t.notMatch(doorward.stderr, 's3cret', 'no value of a secret')
  }
  await Promise.all([
    check('check', 'absent.yaml', [
      /^absent\.yaml: does not exist in \/\S+; --config FILE or DOORWARD_CONFIG names the configuration$/,
    ]),
    check('check', '', [/^\S+: is a directory; name a file in it$/]),
    // What the name of a file holds must not write to the terminal.
    check('check', 'odd.yaml', [/^odd\/a \[2J\.yaml: must be a mapping of keys to values$/]),
    check('check', 'broken.yaml', [
      /^broken\.yaml: line 2, column 1: a quote, bracket, comma or colon is missing/,
    ]),
    check('check', 'four.yaml', four),
    check('serve', 'four.yaml', four),
  ])
})

test('without the packages beside it, a file is refused only where the YAML parser is needed, and not blamed', async (t) => {
  // Below this checkout the packages would be found.
  const folder = mkdtempSync(join(tmpdir(), 'doorward-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  cpSync('dist', join(folder, 'dist'), { recursive: true })
  cpSync('package.json', join(folder, 'package.json'))
  const check = async (config: string) => {
    writeFileSync(join(folder, 'doorward.yaml'), config)
    const words = [
      join(folder, 'dist/main.js'),
      'check',
      '--offline',
      '--config',
      join(folder, 'doorward.yaml'),
    ]
    const child = spawn(process.execPath, words, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = text(child.stderr)
    return { code: (await once(child, 'exit'))[0], stderr: await output }
  }
  t.same(await check(FINE), { code: 0, stderr: '' })
  const { code, stderr } = await check(FINE.replace('3\n', '&port 3\n'))
  t.equal(code, 2)
  t.match(stderr, /^doorward\.yaml: .*the package "yaml" is not installed/)
})
