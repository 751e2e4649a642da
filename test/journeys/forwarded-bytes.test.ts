import { randomInt } from 'node:crypto'
import { test } from 'tap'
import { canonicalPath } from '../../src/access/path.js'
import { compileRules } from '../../src/access/rules.js'
import { randomTarget, type WrittenRule } from '../access/random-rules.js'
import { createChance } from '../fixtures/mutate.js'
import { openPipeline } from '../fixtures/pipeline.js'
import { startProxy } from '../fixtures/proxy.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { startRecorder } from '../fixtures/raw-upstream.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { readRules } from '../fixtures/rules.js'

const TARGETS = 400
/** Repeats a run that has failed. */
const seed = Number(process.env.RULES_SEED ?? randomInt(2 ** 32))

const RULES: WrittenRule[] = [
  { path: '/admin/**', require: { groups: 'admins' } },
  { path: '/api/*/a', methods: ['POST'], access: 'public' },
  { path: '/api/**', require: { groups: 'staff' } },
  { path: '/ü/**/x%20y', require: { groups: 'staff' } },
  { path: '/**', access: 'public' },
]

async function start(t: Parameters<typeof startProxy>[0]) {
  const recorder = await startRecorder()
  t.teardown(() => recorder.close())
  const port = await reservePort()
  const tenant = { id: 'acme', origins: [`http://acme.localhost:${port}`], issuer: 'http://localhost:9' }
  const tenants = [{ ...tenant, client_id: 'a', client_secret: 'a-secret' }]
  await startProxy(t, { port, settings: { upstream: recorder.url, rules: RULES, tenants } })
  return { port, recorder }
}

const get = (target: string): Buffer =>
  Buffer.from(`GET ${target} HTTP/1.1\r\nHost: acme.localhost\r\nAccept: */*\r\n\r\n`, 'latin1')

test(`what was judged is forwarded, byte for byte, or nothing is (RULES_SEED=${seed})`, async (t) => {
  const { port, recorder } = await start(t)
  const chance = createChance(seed)
  const rules = compileRules(readRules(RULES))
  const pipeline = await openPipeline(t, port)
  // Node's parser refuses the bytes of others, and the connection with them; see below.
  const targets = Array.from({ length: TARGETS }, () => randomTarget(chance, RULES)).filter((target) =>
    /^[\x21-\x7e]+$/.test(target),
  )
  t.ok(targets.length > TARGETS / 2)
  const statuses = { 200: 0, 400: 0, 401: 0 }
  for (const target of targets) {
    const path = canonicalPath(target)
    const expected = path === undefined ? 400 : rules.find('GET', path).access === 'public' ? 200 : 401
    const before = recorder.heads.length
    const [answer] = await pipeline.send([get(target)])
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${expected} `), target)
    const forwarded = recorder.heads.slice(before).map((head) => head.split('\r\n', 1)[0])
    t.same(forwarded, expected === 200 ? [`GET ${target} HTTP/1.1`] : [], target)
    statuses[expected]++
  }
  for (const [status, count] of Object.entries(statuses)) t.ok(count > 10, `${status}: ${count} times`)
})

test('legitimate paths survive byte for byte', async (t) => {
  const { port, recorder } = await start(t)
  const targets = [
    ...['/', '/a%20b', '/a+b', '/a;v=1', '/a;v=1/b;w', '/a//b', '/a///', '/%C3%BC', '/%c3%bc', '/...'],
    ...[
      '/x?',
      '/x??',
      '/x?next=https://other.example//y\\z',
      '/x?a=%2F%00%',
      '/x?#',
      '/%252f',
      '/@me/~u/(x)',
    ],
    ...["/!$&'()*+,;=:@", '/http://a/', '/"<>[]{}|^`', `/${'a/'.repeat(199)}`, `/x?${'y'.repeat(8000)}`],
  ]
  const pipeline = await openPipeline(t, port)
  for (const target of targets) {
    t.match((await pipeline.send([get(target)]))[0], /^HTTP\/1\.1 200 /, target.slice(0, 60))
    t.equal(recorder.heads.at(-1)?.split('\r\n', 1)[0], `GET ${target} HTTP/1.1`)
  }
})

test('bytes that no request target may hold are refused: controls, blanks, and what is not ASCII', async (t) => {
  const { port, recorder } = await start(t)
  for (const byte of ['\t', '\v', '\x7f', ' x', '\xc3\xbc', '\xe9']) {
    t.match(await rawRequest(port, get(`/a${byte}b`)), /^HTTP\/1\.1 400 /, JSON.stringify(byte))
  }
  t.same(recorder.heads, [])
})
