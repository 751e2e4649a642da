import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { createHeaderHygiene } from '../../src/headers/hygiene.js'

const OWN = [
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Preferred-Username',
  'X-Forwarded-Groups',
  'X-Forwarded-Tenant',
  'Authorization',
  'Remote-User',
]
const spoofed = readFileSync(new URL('spoofed-names.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
const hygiene = createHeaderHygiene(OWN)

test("no spelling of a name that is Doorward's own passes, from anybody", async (t) => {
  for (const name of spoofed) {
    for (const trusted of [false, true]) {
      const raw = ['Accept', '*/*', name, 'a', 'X-App', '1', name, 'b']
      t.same(hygiene.clean(raw, trusted), ['Accept', '*/*', 'X-App', '1'], `${name}, trusted: ${trusted}`)
    }
  }
})

test('the rest of the X-Forwarded family passes for trusted proxies only', async (t) => {
  for (const name of [
    'X-Forwarded-Port',
    'X-Forwarded-Prefix',
    'X_Forwarded_Ssl',
    'x.forwarded.uri',
    'X-Forwarded-',
  ]) {
    t.same(hygiene.clean([name, '1'], false), [], name)
    t.same(hygiene.clean([name, '1'], true), [name, '1'], name)
  }
})

test('names that merely resemble its own pass', async (t) => {
  const names = ['XForwardedUser', 'X-User', 'X--Forwarded-User', 'Authorization2', 'User', 'X-Host']
  for (const name of names) t.same(hygiene.clean([name, '1'], false), [name, '1'], name)
})

test('what passes keeps its order, its spelling, its doubles and its bytes', async (t) => {
  const raw = [
    'b',
    '2',
    'A',
    '1',
    'B',
    '3',
    'b',
    '2',
    'X-Raw',
    'caf\u00c3\u00a9 \u00ff',
    'Content-Length',
    '5',
    'X-Empty',
    '',
  ]
  t.same(hygiene.clean(raw, false), raw)
  t.same(hygiene.clean([], false), [])
})

const connections: [connection: string[], passed: string[]][] = [
  [['X-App'], ['Content-Length', 'Accept']],
  [['x-APP , accept'], ['Content-Length']],
  [
    ['close', 'X-App'],
    ['Content-Length', 'Accept'],
  ],
  [['keep-alive, X-App'], ['Content-Length', 'Accept']],
  [['keep-alive'], ['X-App', 'Content-Length', 'Accept']],
  [['Content-Length'], ['X-App', 'Content-Length', 'Accept']],
  [['X-Forwarded-User, X-Forwarded-Groups'], ['X-App', 'Content-Length', 'Accept']],
  [['X_App, X.App, X-App*'], ['X-App', 'Content-Length', 'Accept']],
  [[''], ['X-App', 'Content-Length', 'Accept']],
  [[',,, ,'], ['X-App', 'Content-Length', 'Accept']],
  [['__proto__, constructor'], ['X-App', 'Content-Length', 'Accept']],
]

test('Connection takes away the headers that it names, never framing, and never what Doorward adds', async (t) => {
  for (const [options, passed] of connections) {
    const raw = ['X-App', '1', 'Content-Length', '5', 'Accept', '*/*', 'X-Forwarded-User', 'spoofed']
    const connection = options.flatMap((option) => ['Connection', option])
    for (const sent of [
      [...connection, ...raw],
      [...raw, ...connection],
    ]) {
      const names = hygiene.clean(sent, false).filter((_entry, index) => index % 2 === 0)
      t.same(names, passed, JSON.stringify(options))
    }
  }
})

test('names that a client makes up do not change a verdict, however many they are', async (t) => {
  const fresh = createHeaderHygiene(OWN)
  for (let index = 0; index < 5000; index += 1) fresh.clean([`X-Made-Up-${index}`, '1'], index % 2 === 0)
  for (const name of spoofed) t.same(fresh.clean([name, '1'], false), [], name)
  t.same(fresh.clean(['X-Forwarded-Port', '1'], false), [])
  t.same(fresh.clean(['X-Forwarded-Port', '1'], true), ['X-Forwarded-Port', '1'], 'trust is judged each time')
  t.same(fresh.clean(['X-Late', '1'], false), ['X-Late', '1'])
})

test('without own names the hop-by-hop fields still end here', async (t) => {
  const bare = createHeaderHygiene([])
  t.same(bare.clean(['Connection', 'close', 'TE', 'trailers', 'Authorization', 'Bearer x'], false), [
    'Authorization',
    'Bearer x',
  ])
})
