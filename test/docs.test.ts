import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { test } from 'tap'
import { optionTable } from '../src/config/describe.js'
import { DEFAULT_HEADERS } from '../src/config/header-schema.js'
import { ERRORS } from '../src/errors.js'

const readme = readFileSync('README.md', 'utf8')

const between = (name: string): string =>
  readme.match(new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n?<!-- /${name} -->`))?.[1]?.trim() ?? ''

const errorTable = (): string =>
  ['| error | status | says |', '| --- | --- | --- |']
    .concat(
      Object.entries(ERRORS).map(([code, { status, message }]) => `| \`${code}\` | ${status} | ${message} |`),
    )
    .join('\n')

test("the README's tables are those of the code (their text is in the failure's diff)", async (t) => {
  t.equal(between('options'), optionTable().trim())
  t.equal(between('errors'), errorTable())
})

test('every endpoint in the README exists, and the other way round', async (t) => {
  const documented = [...readme.matchAll(/^\| `\/oauth2\/([\w/-]+)/gm)].map(([, path]) => path)
  const routes = readdirSync('src/routes')
    .map((name) => readFileSync(`src/routes/${name}`, 'utf8'))
    .flatMap((text) => [...text.matchAll(/(?:url: |app\.get\(\s*)'\/(\w[\w/-]*)'/g)].map(([, path]) => path))
  t.same(documented.sort(), routes.sort())
})

test('every default header in the README is one', async (t) => {
  for (const name of Object.keys(DEFAULT_HEADERS)) t.match(readme, `| \`${name}\` |`)
})

test('every event in the README is one of the code, and the other way round', async (t) => {
  const code = [...readFileSync('src/audit.ts', 'utf8').matchAll(/^ {2}\| '([\w.]+)'/gm)].map(
    ([, event]) => event,
  )
  const line = readme.match(/carry `event` \(([^)]*)\)/)?.[1] ?? ''
  t.same([...line.matchAll(/`([\w.]+)`/g)].map(([, event]) => event).sort(), code.sort())
})

const execute = promisify(execFile)
const doorward = (...args: string[]) => execute(process.execPath, ['dist/main.js', ...args])

/** Starts the shipped configuration on free ports and ends it when it listens. */
async function serve(): Promise<void> {
  const env = { ...process.env, DOORWARD_LISTEN: '127.0.0.1:0', DOORWARD_ADMIN_LISTEN: '127.0.0.1:0' }
  const child = spawn(process.execPath, ['dist/main.js', 'serve', '--config', 'config/doorward.yaml'], {
    env,
  })
  const exit = once(child, 'exit')
  const messages: string[] = []
  for await (const line of createInterface(child.stdout)) {
    messages.push(JSON.parse(line).msg)
    if (messages.at(-1) !== 'listening') continue
    // Twice: nobody has to wait for drain_delay here.
    child.kill('SIGTERM')
    child.kill('SIGINT')
  }
  await exit
  if (!messages.includes('listening')) throw new Error(messages.join('\n'))
}

/** What runs each command of the README: this test, or a file that says so. */
const PROOFS: { readonly [command: string]: (() => Promise<unknown>) | { file: string; runs: string } } = {
  'npm run demo': { file: 'test/demo/start-demo.ts', runs: 'deploy/demo/main.ts' },
  'npm test': { file: '.ci/run', runs: 'npm test' },
  'npm ci': { file: '.ci/run', runs: 'npm ci' },
  'npm run build': {
    file: 'package.json',
    runs: '"test": "(test -d node_modules || npm ci) && npm run build && tap build && tap"',
  },
  'node dist/main.js check --offline --config config/doorward.yaml': () =>
    doorward('check', '--offline', '--config', 'config/doorward.yaml'),
  'node dist/main.js check --config config/doorward.yaml': {
    file: 'test/check/check-command.test.ts',
    runs: "['check', '--config', file]",
  },
  'node dist/main.js urls acme --config config/doorward.yaml': () =>
    doorward('urls', 'acme', '--config', 'config/doorward.yaml'),
  'node dist/main.js serve --config config/doorward.yaml': serve,
  'node dist/main.js keygen': () => doorward('keygen'),
  // Nothing here runs containers: what these would start or apply is built, started and judged in other ways.
  'docker build -t doorward .': { file: 'test/deploy/image.test.ts', runs: "build('doorward')" },
  'docker compose -f docker-compose.yml -f docker-compose.demo.yml up --build': {
    file: 'test/deploy/compose-demo.test.ts',
    runs: "readCompose('docker-compose.yml', 'docker-compose.demo.yml')",
  },
  'kubectl apply -k deploy/kubernetes/overlays/example': {
    file: 'test/deploy/renderings.ts',
    runs: "kustomize('example', 'deploy/kubernetes/overlays/example'",
  },
  'helm install intranet deploy/helm/doorward --values values.yaml': {
    file: 'test/deploy/renderings.ts',
    runs: "const CHART = 'deploy/helm/doorward'",
  },
}

test('every command of the README is run: here, by another test, or by CI', async (t) => {
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '')
  const commands = blocks.flatMap((block) => block.split('\n').map((line) => line.trim())).filter(Boolean)
  t.same([...new Set(commands)].sort(), Object.keys(PROOFS).sort())
  for (const [command, proof] of Object.entries(PROOFS)) {
    if (typeof proof === 'function') await t.resolves(proof(), command)
    else t.match(readFileSync(proof.file, 'utf8'), proof.runs, command)
  }
})
