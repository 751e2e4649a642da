import { test } from 'tap'
import { spellingOf } from '../../src/header-names.js'
import { type Attack, readAttacks, statusesOf } from '../fixtures/raw-attacks.js'
import { startRecorder } from '../fixtures/raw-upstream.js'
import { readStrictly, type StrictRequest } from '../fixtures/strict-requests.js'
import { ALICE, startWorld } from '../fixtures/world.js'

/** Who attacks, and where. */
interface Attacker {
  readonly cookie: string
  /** All that may be asked for is below it. */
  readonly place: string
  /** What an honest request gets; nothing reaches the upstream where that is not 200. */
  readonly honest: number
  readonly identity: readonly string[]
}

/** A line of the corpus as it was sent, and what came back. */
interface Sent {
  readonly attack: Attack
  readonly attacker: Attacker
  readonly path: string
  readonly bytes: string
  readonly statuses: readonly number[]
}

const ATTACKS = readAttacks(new URL('raw-requests.txt', import.meta.url))

const AT_ONCE = 16

const FORWARDED = [
  'X-Forwarded-For: 127.0.0.1',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Host: acme.localhost',
]

const ALICES = [
  `X-Forwarded-User: ${ALICE.sub}`,
  `X-Forwarded-Email: ${ALICE.email}`,
  'X-Forwarded-Preferred-Username: alice',
  'X-Forwarded-Groups: admins,staff',
  'X-Forwarded-Tenant: acme',
]

// What Doorward says of its own connection to the upstream; undici writes an empty body's length.
const OF_THE_CONNECTION =
  /^(?:connection: .*|transfer-encoding: chunked|content-length: 0|upgrade: websocket|sec-websocket-.*)$/i

/** Sends all attacks of one attacker, some at once. */
async function sendAll(port: number, attacker: Attacker): Promise<Sent[]> {
  const left = [...ATTACKS]
  const sent: Sent[] = []
  const host = `Host: acme.localhost\r\n${attacker.cookie}`
  const work = async () => {
    for (let attack = left.shift(); attack; attack = left.shift()) {
      const path = `${attacker.place}${attack.line}`
      const honest = `GET ${path}/end HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
      const bytes = attack.bytes(path, { host, cookie: attacker.cookie }) + honest
      sent.push({ attack, attacker, path, bytes, statuses: await statusesOf(port, bytes) })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return sent
}

function isExpected({ attack: { expected }, attacker, statuses }: Sent): boolean {
  const names = statuses.map((status) => [`${status}`, ...(status === attacker.honest ? ['ok'] : [])])
  return (
    names.length <= expected.length &&
    expected.every((set, index) => (names[index] ?? ['closed']).some((name) => set.has(name)))
  )
}

/** What is wrong with a request that reached the upstream, given what its client had sent. */
function wrongsOf({ method, target, headers, body }: StrictRequest, { bytes, attacker }: Sent): string[] {
  const wrongs: string[] = []
  if (attacker.honest !== 200) wrongs.push('it was not allowed')
  if (!bytes.includes(`${method} ${target} HTTP/1.`)) wrongs.push('it was not sent')
  if (!bytes.includes(body) && !/chunked/i.test(bytes)) wrongs.push(`its body was not sent: ${body}`)

  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  // WSGI and its like see "HTTP_X_…" only where a server has put it; a header of that name is "HTTP_HTTP_X_…".
  const ours = lines.filter((line) => spellingOf(line).startsWith('x-forwarded-'))
  const wanted = [...FORWARDED, ...attacker.identity]
  if (ours.sort().join('\n') !== wanted.sort().join('\n')) wrongs.push(`identity: ${ours.join('; ')}`)
  const hosts = headers.filter(([name]) => spellingOf(name) === 'host')
  if (hosts.length !== 1 || hosts[0]?.[1] !== 'acme.localhost') wrongs.push(`Host: ${hosts.join('; ')}`)

  const said = bytes.toLowerCase()
  for (const [name, value] of headers) {
    const line = `${name}: ${value}`
    if (/doorward=/.test(value)) wrongs.push('a cookie of ours')
    if (ours.includes(line) || OF_THE_CONNECTION.test(line)) continue
    if (!said.includes(`${name.toLowerCase()}:`) || !bytes.includes(value)) wrongs.push(`not sent: ${line}`)
  }
  return wrongs
}

/** How often a request reached the upstream beyond what was sent and answered. */
function excessOf({ path, bytes, statuses }: Sent, received: readonly StrictRequest[]): number {
  const first = received.filter(({ target, isComplete }) => target === path && isComplete).length
  const answered = statuses.filter((status) => status < 400 || status >= 500).length
  const times = bytes.split(` ${path} HTTP/1.`).length - 1
  return Math.max(0, first - Math.min(answered, times))
}

test('the upstream sees what was asked and allowed, with identity that Doorward set, whatever bytes come', async (t) => {
  const recorder = await startRecorder()
  t.teardown(() => recorder.close())
  // Longer than this process may have to wait for its processor between a connection and its bytes.
  const limits = { header_timeout: '5s', body_timeout: '2s' }
  const rules = [{ path: '/open/**', access: 'public' }]
  const world = await startWorld(t, { settings: { upstream: recorder.url, rules, server: { limits } } })
  const client = await world.client('acme')
  const signInsEnd = recorder.connections.map((text) => text.length)
  const cookie = `Cookie: doorward=${client.cookies('acme.localhost').doorward}\r\n`

  const attackers: { readonly [name: string]: Attacker } = {
    'who is signed in': { cookie, place: '/mine/', honest: 200, identity: ALICES },
    'who is nobody': { cookie: '', place: '/nobodys/', honest: 401, identity: [] },
    'who is signed in, on a public path': { cookie, place: '/open/', honest: 200, identity: [] },
    'who is nobody, on a public path': { cookie: '', place: '/open/to/all/', honest: 200, identity: [] },
  }
  const byPath = new Map<string, Sent>()
  for (const [name, attacker] of Object.entries(attackers)) {
    await t.test(`every attack is answered as expected: of ${name}`, async (t) => {
      for (const sent of await sendAll(world.port, attacker)) {
        const { line, what, expected } = sent.attack
        byPath.set(sent.path, sent)
        const wanted = expected.map((set) => [...set].join('|')).join(' ')
        t.ok(
          isExpected(sent),
          `${line}: ${what}: wanted ${wanted}, got ${sent.statuses.join(' ') || 'nothing'}`,
        )
      }
    })
  }

  await t.test('every request at the upstream was sent and allowed, and says who sent it', async (t) => {
    const reached = new Map<Sent, StrictRequest[]>()
    for (const request of recorder.connections.flatMap((text, index) =>
      readStrictly(text.slice(signInsEnd[index])),
    )) {
      const sent = byPath.get(/^[/a-z]+\d+/.exec(request.target)?.[0] ?? '')
      if (sent === undefined) t.fail(`nobody sent ${request.method} ${request.target}`)
      else reached.set(sent, [...(reached.get(sent) ?? []), request])
    }
    for (const [sent, requests] of reached) {
      const said = `${sent.attack.line}: ${sent.attack.what}`
      t.same(
        requests.flatMap((request) => wrongsOf(request, sent)),
        [],
        said,
      )
      t.equal(excessOf(sent, requests), 0, `${said}: none that was refused`)
    }
    t.ok(reached.size > 80, 'the honest ones are among them')
  })
})
