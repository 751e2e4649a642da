import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Test, test } from 'tap'
import { Client } from '../fixtures/client.js'
import { requireBinary } from '../fixtures/require-binary.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { until } from '../fixtures/until.js'
import { readCompose, type Service } from './compose.js'
import { readDockerfile } from './dockerfile.js'

// docker compose -f docker-compose.yml -f docker-compose.demo.yml up
const project = readCompose('docker-compose.yml', 'docker-compose.demo.yml')

/** The ports of the containers, which on this one machine have to be others; and the ports under which a browser comes. */
const PORTS = ['8080', '9090', '9091', '9092', '9191', '9192', '3000', '6379']

// Four programs start at the same time, beside other tests.
const PATIENCE = 60_000

/** A function that says what a text of the containers' world means on this machine. */
async function translator(folder: string): Promise<(text: string) => string> {
  const ports = new Map<string, string>()
  for (const port of PORTS) ports.set(port, String(await reservePort()))
  const words: readonly (readonly [RegExp, string])[] = [
    [/^node$/, process.execPath],
    [/\/run\/secrets\b/g, resolve('deploy/demo/compose/secrets')],
    [/^\/app\b/, resolve('.')],
    [/\/etc\/doorward\b/g, folder],
    [/(dir) \/data\b/g, `$1 ${folder}`],
    [/\/\/redis:/g, '//127.0.0.1:'],
    [/http:\/\/app:/g, 'http://127.0.0.1:'],
  ]
  return (text) => {
    const moved = words.reduce(
      (current, [pattern, replacement]) => current.replace(pattern, replacement),
      text,
    )
    return moved.replace(/(?<![\w.-])\d{4}(?![\w.-])/g, (digits) => ports.get(digits) ?? digits)
  }
}

/** Starts what a service says, as its image would; it ends with the test. */
function startService(t: Pick<Test, 'teardown'>, service: Service, here: (text: string) => string): void {
  const stage = readDockerfile('Dockerfile').find(({ name }) => name === service.build?.target)
  const said = (name: string) => stage?.instructions.findLast((instruction) => instruction.name === name)
  const own = Object.fromEntries(
    (stage?.instructions ?? []).filter(({ name }) => name === 'ENV').map(({ text }) => text.split(/=(.*)/s)),
  )
  const words = [...(service.entrypoint ?? said('ENTRYPOINT')?.words ?? []), ...service.command].map(here)
  const [program = '', ...args] = words
  const environment = Object.entries({ ...own, ...service.environment })
  const pairs = environment.map(([key, value]) => `${key}=${here(String(value))}`)
  // A clean environment, as in a container, also keeps tap's loaders out.
  const command = ['-i', `PATH=${process.env.PATH}`, ...pairs, program, ...args]
  const child = spawn('env', command, { stdio: ['ignore', 'ignore', 'inherit'] })
  const exit = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exit
  })
}

test('what the demo of Compose starts, started without containers, signs somebody in', async (t) => {
  if (requireBinary(t, 'redis-server') === undefined) return
  const folder = t.testdir()
  const here = await translator(folder)
  cpSync('deploy/demo/compose/config', folder, { recursive: true })
  const config = join(folder, 'doorward.yaml')
  writeFileSync(
    config,
    `${here(readFileSync(config, 'utf8'))}\nadmin: { listen: "127.0.0.1:${here('9090')}" }\n`,
  )
  for (const service of Object.values(project.services)) startService(t, service, here)

  const ready = () => fetch(here('http://127.0.0.1:9090/readyz')).then(({ ok }) => ok)
  // The relay is what a published port leads to.
  const org = () => fetch(here('http://127.0.0.1:9191/.well-known/openid-configuration')).then(({ ok }) => ok)
  const app = () => fetch(here('http://127.0.0.1:3000/')).then(({ ok }) => ok)
  await Promise.all([
    until('Doorward is ready', ready, PATIENCE),
    until('the orgs answer', org, PATIENCE),
    until('the app answers', app, PATIENCE),
  ])

  // The browser's localhost is the published port.
  const browser = new Client({ resolve: { localhost: Number(here('9191')) } })
  const page = await browser.get(here('http://acme.localhost:8080/reports/2026?quarter=3'), {
    redirect: 'follow',
  })
  t.match(page.text(), 'Sign in to Acme')
  const answer = await browser.get(page.url, {
    method: 'POST',
    body: new URLSearchParams({ login: 'alice' }),
    redirect: 'follow',
  })
  t.equal(answer.url, here('http://acme.localhost:8080/reports/2026?quarter=3'))
  t.match(answer.text(), 'Report 2026, quarter 3')
  t.match(answer.text(), 'Alice Adams')
})
