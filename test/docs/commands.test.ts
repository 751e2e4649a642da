import { cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { knownKey } from '../fixtures/okta/known-key.js'
import { startOkta } from '../fixtures/okta.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { startUpstream } from '../fixtures/upstream.js'
import { ALICE, signIn, startWorld } from '../fixtures/world.js'
import { commandsIn, commandsOf } from './commands.js'
import { askAsCurl } from './curl.js'
import { blocks, PAGES, pageAt, section } from './pages.js'
import { PROOFS } from './proofs.js'
import { runShell, startShell } from './shell.js'

const FIRST_TENANT = section(pageAt('README.md'), '## Your first real Okta tenant')
const SESSION_API = section(pageAt('deploy/operating.md'), '## The session API')
const [COMPOSE_SECRETS = ''] = blocks(pageAt('deploy/compose/README.md').text, 'sh')

const doorwardIn = (text: string): string[] =>
  blocks(text, 'sh')
    .flatMap(commandsIn)
    .filter((command) => command.startsWith('node dist/main.js'))

test('every command of the pages is run: here, by another test, or by CI', async (t) => {
  const here = [
    ...doorwardIn(FIRST_TENANT),
    ...blocks(SESSION_API, 'sh').flatMap(commandsIn),
    ...commandsIn(COMPOSE_SECRETS).slice(1),
  ]
  const commands = PAGES.flatMap(({ text }) => commandsOf(text))
  t.same([...new Set(commands)].sort(), [...new Set([...here, ...Object.keys(PROOFS)])].sort())
  for (const [command, { file, runs }] of Object.entries(PROOFS)) {
    t.match(readFileSync(file, 'utf8'), runs, command)
  }
})

test('no command hides in a block of another name', async (t) => {
  const languages = PAGES.flatMap(({ text }) =>
    [...text.matchAll(/^ *```(\w+)$/gm)].map(([, name = '']) => name),
  )
  t.same([...new Set(languages)].sort(), ['java', 'js', 'mermaid', 'php', 'python', 'sh', 'yaml'])
  // A fence without a name ends one with a name, and there are as many.
  for (const { path, text } of PAGES) t.equal((text.match(/^ *```/gm) ?? []).length % 2, 0, path)
  const fences = PAGES.flatMap(({ text }) => text.match(/^ *```/gm) ?? [])
  t.equal(fences.length, 2 * languages.length, 'each has a name')
})

test('the first tenant, word for word as the README has it, signs somebody in', async (t) => {
  const port = await reservePort()
  const [readmePort, origin] = ['8080', `http://localhost:${port}`]
  const here = (text: string) => text.replaceAll(`localhost:${readmePort}`, `localhost:${port}`)
  const org = await startOkta({
    name: 'acme',
    key: knownKey(),
    users: [ALICE],
    clients: [
      {
        client_id: '0oa1b2c3d4e5f6g7h8i9',
        client_secret: 'paste-it-here',
        redirect_uris: [`${origin}/oauth2/callback`],
        post_logout_redirect_uris: [`${origin}/oauth2/logout/callback`],
      },
    ],
  })
  t.teardown(() => org.stop())
  org.signInAs(ALICE.login)
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())

  const folder = t.testdir({})
  symlinkSync(`${process.cwd()}/dist`, `${folder}/dist`)
  cpSync('config', `${folder}/config`, { recursive: true })
  rmSync(`${folder}/config/tenants/globex.yaml`)
  const env = {
    DOORWARD_LISTEN: `127.0.0.1:${port}`,
    DOORWARD_ADMIN_LISTEN: '127.0.0.1:0',
    DOORWARD_UPSTREAM: upstream.url,
  }
  const [urls = '', offline = '', check = '', serve = ''] = doorwardIn(FIRST_TENANT)
  const [origins = '', fourLines = ''] = blocks(FIRST_TENANT, 'yaml').map(here)
  const file = `${folder}/config/tenants/acme.yaml`

  writeFileSync(file, readFileSync(file, 'utf8').replace(/^origins:.*\n/m, origins))
  const printed = await runShell(t, urls, { folder, env })
  t.equal(printed.code, 0)
  const [signInUri = '', signOutUri = ''] = [
    ...FIRST_TENANT.matchAll(/`(http:\/\/localhost:\d+\/oauth2\/\S+)`/g),
  ].map(([, uri = '']) => here(uri))
  t.match(printed.output, `Sign-in redirect URIs\n  ${signInUri}\n`)
  t.match(printed.output, `Sign-out redirect URIs\n  ${signOutUri}\n`)

  writeFileSync(file, fourLines.replace('https://your-org.okta.com', org.issuer))
  const [asksNobody, asks] = await Promise.all(
    [offline, check].map((line) => runShell(t, line, { folder, env })),
  )
  t.same(asksNobody, { code: 0, output: 'The configuration is fine: 1 tenant.\n' })
  t.match(asks, { code: 0, output: /^acme .* fine$/m })

  const doorward = startShell(t, `exec ${serve}`, { folder, env })
  for await (const line of createInterface(doorward.stdout)) {
    if (JSON.parse(line).msg === 'listening') break
  }
  const browser = new Client()
  t.equal((await signIn(browser, origin)).url, `${origin}/`)
  const told = {
    'x-forwarded-user': ALICE.sub,
    'x-forwarded-email': ALICE.email,
    'x-forwarded-preferred-username': /./,
    'x-forwarded-tenant': 'acme',
  }
  t.match(upstream.requests.at(-1)?.headers, told)
  for (const name of Object.keys(told)) t.match(FIRST_TENANT.toLowerCase(), name)
  t.match((await browser.xhr(`${origin}/oauth2/session`)).json(), { sub: ALICE.sub })
  t.match((await browser.get(`${origin}/oauth2/logout`)).headers.location, `${org.issuer}/`)
})

test('the session API, as its page says, and with a token that is replaced', async (t) => {
  const folder = t.testdir({ 'admin-token': 'the first token\n'.replaceAll(' ', '-') })
  const token = { file: `${folder}/admin-token` }
  const world = await startWorld(t, { settings: { admin: { token } } })
  const alice = await world.client('acme')
  const here = (text: string) => text.replaceAll('127.0.0.1:9090', `127.0.0.1:${world.proxy.adminPort}`)

  const ask = (command: string) => askAsCurl(t, here(command), folder)

  const [tenants = '', list = '', end = '', ready = ''] = blocks(SESSION_API, 'sh').flatMap(commandsIn)
  t.match(await (await ask(tenants)).json(), { tenants: [{ id: 'acme' }, { id: 'west' }, { id: 'globex' }] })
  t.match(await (await ask(list)).json(), { sessions: [{ tenant: 'acme' }] })
  const old = { authorization: 'Bearer the-first-token' }
  writeFileSync(token.file, 'another-token-for-the-same-people\n')
  t.equal((await fetch(here('http://127.0.0.1:9090/api/tenants'), { headers: old })).status, 401)
  t.same(await (await ask(end)).json(), { ended: 1 })
  t.equal((await alice.xhr(world.url('acme'))).status, 401)
  t.equal((await ask(ready)).status, 200)
})

test('the secrets of Compose are made as its page says', async (t) => {
  const folder = t.testdir({ deploy: { compose: {} } })
  symlinkSync(`${process.cwd()}/dist`, `${folder}/dist`)
  const stand = `
    docker() { if [ "$1" = run ]; then shift 3; node dist/main.js "$@"; fi; }
    command -v openssl >/dev/null || openssl() { head -c "$3" /dev/urandom | od -An -tx1 | tr -d ' \\n'; }
  `
  const { code, output } = await runShell(t, stand + COMPOSE_SECRETS, { folder, input: 's3cret\n' })
  t.same({ code, output }, { code: 0, output: '' })
  const secrets = `${folder}/deploy/compose/secrets`
  t.equal(statSync(secrets).mode & 0o777, 0o700, 'nobody else may enter')
  const names = readdirSync(secrets)
  t.ok(names.length >= 3)
  for (const name of names) {
    t.equal(statSync(`${secrets}/${name}`).mode & 0o444, 0o444, `${name} is for the users of the containers`)
  }

  cpSync('deploy/compose/config', `${folder}/config`, { recursive: true })
  for (const name of ['doorward.yaml', 'tenants/acme.yaml']) {
    const file = `${folder}/config/${name}`
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('/run/secrets', secrets))
  }
  t.same(
    await runShell(t, 'node dist/main.js check --offline --config config/doorward.yaml', { folder }),
    { code: 0, output: 'The configuration is fine: 1 tenant.\n' },
    'and they are what the configuration wants',
  )
})
