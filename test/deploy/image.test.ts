import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { t as file, test } from 'tap'
import { requireBinary } from '../fixtures/require-binary.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { until } from '../fixtures/until.js'
import { readDockerfile } from './dockerfile.js'
import { readDockerignore } from './dockerignore.js'
import { buildImage, type Image, inventory } from './image.js'
import { installProduction, productionPackages } from './production-packages.js'

const ROOT = resolve('.')

/** What each RUN line does, by what is already on this machine: `npm ci` and `npm run build` came before this test. */
const RUNS: Readonly<Record<string, (folder: string) => void>> = {
  'npm ci --omit=dev --ignore-scripts': (folder) => installProduction(ROOT, folder),
  'npm ci --ignore-scripts': (folder) => symlinkSync(resolve('node_modules'), join(folder, 'node_modules')),
  'npm run build': (folder) => {
    for (const file of ['tsconfig.json', 'src/tsconfig.json', 'package.json'])
      readFileSync(join(folder, file))
    cpSync('dist', join(folder, 'dist'), { recursive: true })
  },
}

const folder = mkdtempSync(join(tmpdir(), 'doorward-image-'))
// Whoever the image runs as has to find it.
chmodSync(folder, 0o755)

function build(target: string): Image {
  const into = join(folder, target)
  mkdirSync(into)
  return buildImage(target, {
    context: ROOT,
    into,
    run: (line, here) => {
      const run = RUNS[line]
      if (run === undefined) throw new Error(`this test does not know how to run: ${line}`)
      run(here)
    },
  })
}

/** Starts words of an image as its user, when this test may; `/app` is that of the image. */
function start(
  image: Image,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const [program, ...args] = words.map((word) => (word.startsWith('/app') ? join(image.root, word) : word))
  const [uid, gid] = (image.user ?? '').split(':').map(Number)
  const pairs = Object.entries({ ...image.env, ...env }).map(([name, value]) => `${name}=${value}`)
  const command = [...pairs, program === 'node' ? process.execPath : String(program), ...args]
  // A clean environment keeps tap's loaders out, which write where this user may not.
  return spawn('env', ['-i', ...command], {
    cwd: join(image.root, image.workdir),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(process.getuid?.() === 0 && uid !== undefined && gid !== undefined ? { uid, gid } : {}),
  })
}

async function run(image: Image, words: readonly string[], env?: Readonly<Record<string, string>>) {
  const child = start(image, words, env)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
  const [code] = await once(child, 'close')
  return { code, output }
}

file.teardown(() => {
  execFileSync('chmod', ['-R', 'u+w', folder])
  rmSync(folder, { recursive: true, force: true })
})

test('the image of the Dockerfile', async (t) => {
  const image = build('doorward')
  execFileSync('chmod', ['-R', 'a-w', image.root])
  const before = inventory(image.root)
  const port = await reservePort()
  const adminPort = await reservePort()
  const config = join(folder, 'doorward.yaml')
  writeFileSync(
    config,
    JSON.stringify({
      server: { listen: `127.0.0.1:${port}`, shutdown: { drain_delay: '0s', timeout: '5s' } },
      admin: { listen: `127.0.0.1:${adminPort}` },
      upstream: 'http://127.0.0.1:1',
      tenants: [
        {
          id: 'acme',
          origins: [`http://acme.localhost:${port}`],
          issuer: 'http://localhost:2',
          client_id: 'x',
          client_secret: 's3cret',
        },
      ],
    }),
  )
  const settings = { DOORWARD_CONFIG: config, DOORWARD_HEALTH_URL: `http://127.0.0.1:${adminPort}/readyz` }
  const command = (...words: string[]) => [...image.entrypoint, ...words]

  await t.test(
    'holds the compiled code and the production packages of the lock file, and nothing else',
    async (t) => {
      t.same(readdirSync(image.root), ['app'])
      t.same(readdirSync(join(image.root, 'app')).sort(), ['dist', 'node_modules', 'package.json'])
      const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
      for (const name of Object.keys(devDependencies)) {
        if (productionPackages(ROOT).some(([path]) => path === `node_modules/${name}`)) continue
        t.notOk(existsSync(join(image.root, 'app/node_modules', name)), name)
      }
      t.same(
        productionPackages(ROOT).filter(([, { hasInstallScript }]) => hasInstallScript),
        [],
        'none needs a script',
      )
    },
  )

  await t.test('is as large as the README says', async (t) => {
    const [, megabytes] = /files of its own take (\d+) MB/.exec(readFileSync('README.md', 'utf8')) ?? []
    const actual = before.bytes / 1e6
    t.ok(
      Math.abs(actual - Number(megabytes)) <= 2,
      `it is ${actual.toFixed(1)} MB, the README says ${megabytes}`,
    )
  })

  await t.test('runs as a number that is nobody, below a pinned Node', async (t) => {
    t.equal(image.user, '65532:65532')
    t.equal(image.stopsignal, 'SIGTERM')
    for (const { from, name } of readDockerfile('Dockerfile')) {
      t.match(from, /^(node:\d+\.\d+\.\d+-bookworm-slim|build)$/, name)
    }
  })

  await t.test('says its version, and that a configuration is fine or missing', async (t) => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    t.same(await run(image, command('--version'), settings), { code: 0, output: `${version}\n` })
    const check = await run(image, command('check', '--offline'), settings)
    t.same(check, { code: 0, output: 'The configuration is fine: 1 tenant.\n' })
    const missing = await run(image, command(...image.command))
    t.equal(missing.code, 2)
    t.match(missing.output, 'doorward.yaml')
  })

  await t.test('writes JSON also to a terminal: what makes lines for people is no part of it', async (t) => {
    const script = requireBinary(t, 'script')
    if (script === undefined) return
    const file = join(folder, 'refused.yaml')
    // It ends by itself, after the first line of the log: that there is no Redis.
    const session = { store: 'redis://127.0.0.1:1', keys: [Buffer.alloc(32, 1).toString('base64')] }
    const server = { listen: 'unix:/nowhere/doorward.sock' }
    const { upstream, tenants } = JSON.parse(readFileSync(config, 'utf8'))
    const admin = { listen: '127.0.0.1:0' }
    writeFileSync(file, JSON.stringify({ server, admin, session, upstream, tenants }))
    const main = `exec '${process.execPath}' '${join(image.root, 'app/dist/main.js')}'`
    const { code, output } = await run(image, [script, '-qefc', main, '/dev/null'], { DOORWARD_CONFIG: file })
    t.equal(code, 1)
    t.match(
      output,
      /^\{"level":"error",.*"advice":.*\}\r\ndoorward: server\.listen: the directory of \/nowhere\//,
    )
  })

  await t.test(
    'serves until it is ready, says so to its health check, and ends with 0 on SIGTERM',
    async (t) => {
      t.equal((await run(image, image.healthcheck, settings)).code, 1, 'not healthy: nobody listens yet')
      const child = start(image, command(...image.command), settings)
      t.teardown(() => child.kill('SIGKILL'))
      const exit = once(child, 'exit')
      child.stdout?.resume()
      await until('/readyz', async () => (await fetch(settings.DOORWARD_HEALTH_URL)).ok)
      t.equal((await run(image, image.healthcheck, settings)).code, 0, 'healthy')
      if (process.getuid?.() === 0) {
        t.match(readFileSync(`/proc/${child.pid}/status`, 'utf8'), /^Uid:\t65532\t65532\t/m, 'nobody, indeed')
      }
      child.kill(image.stopsignal as NodeJS.Signals)
      t.same(await exit, [0, null])
    },
  )

  await t.test('has written nothing into its file system', async (t) => {
    t.same(inventory(image.root), before)
  })
})

test('the demo stage has all that its two programs need', async (t) => {
  const image = build('demo')
  // The packages are linked to this checkout, which nobody else may be able to read.
  const own = { ...image, user: undefined }
  const ports = [
    'DOORWARD_PORT',
    'ACME_PORT',
    'ACME_OUTSIDE_PORT',
    'GLOBEX_PORT',
    'GLOBEX_OUTSIDE_PORT',
    'PORT',
  ]
  const env = Object.fromEntries(
    await Promise.all(ports.map(async (name) => [name, String(await reservePort())])),
  )
  const runBriefly = async (program: string) => {
    const child = start(own, [...image.entrypoint, program], env)
    const exit = once(child, 'exit')
    child.stderr?.pipe(process.stderr)
    if (child.stdout !== null) t.match(String((await once(child.stdout, 'data'))[0]), /^The demo's/)
    child.kill('SIGTERM')
    t.same(await exit, [0, null], program)
  }
  await Promise.all(['deploy/demo/serve-orgs.ts', 'deploy/demo/serve-app.ts'].map(runBriefly))
})

test('nothing of a checkout but what the stages copy can reach a layer', async (t) => {
  const secrets = [
    '.git/config',
    '.env',
    '.npmrc',
    'node_modules/x',
    'deploy/compose/secrets/session-key',
    'dist/main.js',
  ]
  const isInContext = readDockerignore('.dockerignore')
  for (const path of [...secrets, 'test/fixtures/tls/server-key.pem', 'config/tenants/acme.yaml']) {
    t.notOk(isInContext(path), path)
  }
  for (const path of ['src/main.ts', 'deploy/demo/orgs.ts', 'test/fixtures/okta/page.ts'])
    t.ok(isInContext(path), path)
})
