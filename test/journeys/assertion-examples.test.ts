import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { decodeJwt, type JWTPayload, SignJWT } from 'jose'
import { test } from 'tap'
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { findProgram } from '../fixtures/find-program.js'
import { ALICE, startWorld, type World } from '../fixtures/world.js'

const page = readFileSync('deploy/assertion.md', 'utf8')
const example = (language: string): string =>
  page.match(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``))?.[1] ?? ''

/** An example in the place of the app: with its own tenants and its own address. */
const configured = (text: string, world: World): string =>
  text
    .replace('https://acme.example.com', world.url('acme', ''))
    .replace('https://globex.example.com', world.url('globex', ''))
    .replace('http://127.0.0.1:3000', world.upstream.url)

test('the example for Node believes what Doorward signs, and nothing else', async (t) => {
  // As browsers do, and not every resolver: all names of localhost are this machine.
  const before = getGlobalDispatcher()
  const lookup: (...parameters: never[]) => void = (_host, _options, done: CallableFunction) =>
    done(null, [{ address: '127.0.0.1', family: 4 }])
  const agent = new Agent({ connect: { lookup: lookup as never } })
  setGlobalDispatcher(agent)
  t.teardown(() => {
    setGlobalDispatcher(before)
    return agent.close()
  })
  const world = await startWorld(t, {
    settings: { headers: { Authorization: 'Bearer $assertion' } },
    tenants: { globex: { assertion_signing_alg: 'RS256' } },
  })
  const dir = t.testdir({ 'who-is.mjs': configured(example('js'), world) })
  const { whoIs } = (await import(pathToFileURL(`${dir}/who-is.mjs`).href)) as {
    whoIs(assertion: string): Promise<JWTPayload>
  }
  const receive = async (tenant: 'acme' | 'globex' | 'west') => {
    await (await world.client(tenant)).xhr(world.url(tenant, '/echo'))
    return (world.upstream.requests.at(-1)?.headers.authorization ?? '').replace('Bearer ', '')
  }
  const assertion = await receive('acme')
  const { sub, email, groups } = ALICE
  t.match(await whoIs(assertion), { tenant: 'acme', sub, email, groups })
  for (const claim of Object.keys(decodeJwt(assertion)))
    t.match(page, `\`${claim}\``, `${claim} is explained`)
  t.match(await whoIs(await receive('globex')), { tenant: 'globex' })
  await t.rejects(whoIs(await receive('west')), /no known tenant/)

  const { privateKey } = generateKeyPairSync('ed25519')
  const claims = decodeJwt(assertion)
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const forgeries = {
    'signed by somebody else': new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey),
    'under the name of the key': new SignJWT(claims)
      .setProtectedHeader(JSON.parse(Buffer.from(header, 'base64url').toString()))
      .sign(privateKey),
    'changed claims': `${header}.${encode({ ...claims, sub: 'root' })}.${signature}`,
    'no algorithm': `${encode({ alg: 'none' })}.${payload}.`,
    "another tenant's": `${header}.${encode({ ...claims, iss: world.url('globex', '') })}.${signature}`,
    'an issuer of its own': `${header}.${encode({ ...claims, iss: 'https://evil.example' })}.${signature}`,
    nothing: '',
  }
  for (const [what, forgery] of Object.entries(forgeries)) await t.rejects(whoIs(await forgery), what)
})

test('the example for Python is Python', async (t) => {
  const python = findProgram('python3')
  if (python === undefined) return t.plan(0, 'python3 is not installed')
  t.match(example('python'), 'def who_is')
  // No more than its syntax: PyJWT is not here.
  const parse = 'import ast, sys; ast.parse(sys.stdin.read())'
  const input = example('python')
  t.doesNotThrow(() => execFileSync(python, ['-c', parse], { input, stdio: 'pipe' }))
})
