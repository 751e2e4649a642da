import { test } from 'tap'
import { rawRequest } from '../fixtures/raw-request.js'
import { startRecorder } from '../fixtures/raw-upstream.js'
import { ALICE, startWorld } from '../fixtures/world.js'

const IDENTITY = ['User', 'Email', 'Preferred-Username', 'Groups', 'Tenant']

async function start(t: Parameters<typeof startWorld>[0], options: Parameters<typeof startWorld>[1] = {}) {
  const recorder = await startRecorder()
  t.teardown(() => recorder.close())
  const world = await startWorld(t, { ...options, settings: { upstream: recorder.url, ...options.settings } })
  const client = await world.client('acme')
  const cookie = `doorward=${client.cookies('acme.localhost').doorward}`
  return {
    world,
    /** Sends lines of headers in a session and resolves with the head that the upstream received. */
    async received(lines: string[], body = ''): Promise<string> {
      const before = recorder.heads.length
      const lead = ['GET /x HTTP/1.1', 'Host: acme.localhost', `Cookie: ${cookie}`]
      const head = [...lead, ...lines, '', body].join('\r\n')
      const answer = await rawRequest(world.port, Buffer.from(head, 'latin1'))
      if (recorder.heads.length === before) throw new Error(`refused: ${answer}`)
      return recorder.heads.at(-1) ?? ''
    },
  }
}

const valuesOf = (head: string, name: RegExp): string[] =>
  head
    .split('\r\n')
    .slice(1)
    .filter((line) => name.test(line.split(':')[0] ?? ''))
    .map((line) => line.slice(line.indexOf(':') + 2))

test('a spoofed identity header never reaches the upstream, in any spelling', async (t) => {
  const { received } = await start(t)
  for (const name of IDENTITY) {
    const spellings = [
      `X-Forwarded-${name}`,
      `x-forwarded-${name}`.toLowerCase(),
      `X_Forwarded_${name}`,
      `X-Forwarded_${name.replace('-', '_')}`,
      `X.Forwarded.${name}`,
      `X~Forwarded-${name}`,
    ]
    const head = await received([...spellings, ...spellings].map((spelling) => `${spelling}: spoofed`))
    t.notMatch(head, 'spoofed')
    t.equal(valuesOf(head, new RegExp(`^x.forwarded.${name}$`, 'i')).length, 1, name)
  }
})

test('Connection cannot remove what Doorward adds', async (t) => {
  const { received } = await start(t)
  for (const value of [
    'X-Forwarded-User',
    'close, x-forwarded-user, X-Forwarded-Groups',
    'Host, Cookie, X-Forwarded-Tenant',
  ]) {
    const head = await received([`Connection: ${value}`, 'X-Forwarded-User: spoofed'])
    t.same(valuesOf(head, /^x-forwarded-user$/i), [ALICE.sub], value)
    t.same(valuesOf(head, /^x-forwarded-groups$/i), ['admins,staff'])
    t.same(valuesOf(head, /^x-forwarded-tenant$/i), ['acme'])
    t.same(valuesOf(head, /^host$/i), ['acme.localhost'])
  }
})

test('a body keeps its framing, whatever Connection names', async (t) => {
  const { received } = await start(t)
  const head = await received(['Connection: content-length', 'Content-Length: 2'], 'ok')
  t.same(valuesOf(head, /^content-length$/i), ['2'])
})

test('hop-by-hop headers end here, others pass unchanged and in order', async (t) => {
  const { received } = await start(t)
  const head = await received([
    'X-First: 1',
    'Connection: keep-alive, X-Mine',
    'X-Mine: dropped',
    'Keep-Alive: timeout=5',
    'TE: trailers',
    'Proxy-Authorization: Basic x',
    'Forwarded: for=evil',
    'X-Second: a, b',
    'X-Second: c',
    'Accept-Language: \xfc',
  ])
  t.match(head, 'X-First: 1\r\nX-Second: a, b\r\nX-Second: c\r\nAccept-Language: \xfc\r\n')
  t.notMatch(head, /x-mine|keep-alive: |te: trailers|proxy-authorization|\r\nforwarded:/i)
})

test("X-Forwarded-For, -Proto and -Host are Doorward's own", async (t) => {
  const { received } = await start(t)
  const head = await received([
    'X-Forwarded-For: 6.6.6.6',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-Port: 443',
    'X-Forwarded-Prefix: /evil',
  ])
  t.same(valuesOf(head, /^x-forwarded-for$/i), ['127.0.0.1'])
  t.same(valuesOf(head, /^x-forwarded-proto$/i), ['http'])
  t.same(valuesOf(head, /^x-forwarded-host$/i), ['acme.localhost'])
  t.notMatch(head, /evil|443/)
})

test('a trusted proxy extends the chain, and may not say who is signed in', async (t) => {
  const { received } = await start(t, { settings: { server: { trusted_proxies: ['127.0.0.1'] } } })
  const head = await received([
    'X-Forwarded-For: 6.6.6.6, 10.0.0.1',
    'X-Forwarded-User: spoofed',
    'X-Forwarded-Port: 443',
  ])
  t.same(valuesOf(head, /^x-forwarded-for$/i), ['6.6.6.6, 10.0.0.1, 127.0.0.1'])
  t.same(valuesOf(head, /^x-forwarded-user$/i), [ALICE.sub])
  t.same(valuesOf(head, /^x-forwarded-port$/i), ['443'])
})

test('configured headers replace the default ones, which stay forbidden to clients', async (t) => {
  const headers = {
    'X-Who': 'name',
    Authorization: 'Bearer $access_token',
    'X-Groups': 'groups',
    'X-Nothing': 'no.such.claim',
    'X-Org': '$tenant!',
  }
  const { received } = await start(t, { tenant: { headers } })
  const head = await received([
    'X-Forwarded-User: spoofed',
    'Authorization: Basic spoofed',
    'X_Who: spoofed',
    'X-Nothing: spoofed',
  ])
  t.notMatch(head, 'spoofed')
  t.same(valuesOf(head, /^x-who$/i), ['Alice Adams'])
  t.same(valuesOf(head, /^x-groups$/i), ['admins,staff'])
  t.same(valuesOf(head, /^x-org$/i), ['acme!'])
  t.match(valuesOf(head, /^authorization$/i), [/^Bearer [\w.-]{20,}$/])
  t.same(valuesOf(head, /^x-nothing$/i), [])
})

test('a name that any tenant sets is forbidden everywhere', async (t) => {
  const tenants = { globex: { headers: { 'X-Custom-Role': 'role' } } }
  const { received } = await start(t, { tenants })
  t.notMatch(await received(['X-Custom-Role: admin', 'x_custom.role: admin']), 'admin\r\n')
})

test('claims arrive as UTF-8 bytes, without a way to break out of their header', async (t) => {
  const eve = {
    ...ALICE,
    email: 'zoë@acme.example\r\nX-Forwarded-User: root',
    groups: ['a,b', 'c\u0000d', 'ü'],
  }
  const { received } = await start(t, { okta: { users: [eve] } })
  const head = await received([])
  t.same(valuesOf(head, /^x-forwarded-user$/i), [ALICE.sub])
  const utf8 = (name: RegExp) => valuesOf(head, name).map((value) => Buffer.from(value, 'latin1').toString())
  t.same(utf8(/^x-forwarded-email$/i), ['zoë@acme.example%0D%0AX-Forwarded-User: root'])
  t.same(utf8(/^x-forwarded-groups$/i), ['a%2Cb,c%00d,ü'])
})
