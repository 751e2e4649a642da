import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { test } from 'tap'
import { readPlainYaml } from '../../src/config/read-plain-yaml.js'
import { parseYaml } from '../../src/config/read-yaml.js'
import { type Chance, createChance } from '../fixtures/mutate.js'
import { randomYaml } from './random-yaml.js'

/** What the whole of YAML makes of a text. */
function meaningOf(text: string): unknown {
  const read = parseYaml(text)
  return 'tree' in read ? read.tree : 'not YAML'
}

const FILES = [
  'config/doorward.yaml',
  'config/tenants/acme.yaml',
  'deploy/kubernetes/base/config/doorward.yaml',
]

const TENANT = `origins: [https://acme.example.com, "https://b.example"]
client_secret: $\{ACME:-a} # of Okta
rules:
- { path: "/assets/**", access: optional }
- path: /admin/**
  unauthenticated: 401
  require:
    groups: [admins]
    email: 'a b'

session:
refresh_tokens: false
`

test('configurations as they are usually written are plain, and mean the same', async (t) => {
  for (const file of FILES) {
    const text = readFileSync(file, 'utf8')
    t.strictSame(readPlainYaml(text), meaningOf(text), file)
  }
  t.strictSame(readPlainYaml(TENANT), {
    origins: ['https://acme.example.com', 'https://b.example'],
    client_secret: `\${ACME:-a}`,
    rules: [
      { path: '/assets/**', access: 'optional' },
      { path: '/admin/**', unauthenticated: 401, require: { groups: ['admins'], email: 'a b' } },
    ],
    session: null,
    refresh_tokens: false,
  })
})

// Where the time grows with the square of the blanks, this one does not come to an end.
test('a line of a million blanks does not hold the reading up', async (t) => {
  t.equal(readPlainYaml(`a${' '.repeat(1_000_000)}b`), undefined)
  t.same(readPlainYaml(`a:${' '.repeat(1_000_000)}# b`), { a: null })
})

test('what is read as plain is what the whole of YAML means, however it was put together', async (t) => {
  const chance = createChance(20_260)
  const found: Record<string, number> = { written: 0, changed: 0 }
  for (let count = 0; count < 6_000; count += 1) {
    const kind = count % 10 > 0 ? 'written' : 'changed'
    const text = kind === 'written' ? randomYaml(chance) : changed(TENANT, chance)
    const read = readPlainYaml(text)
    if (read === undefined) continue
    if (!isDeepStrictEqual(read, meaningOf(text))) t.equal(text, meaningOf(text))
    found[kind] = (found[kind] ?? 0) + 1
  }
  t.ok(Math.min(...Object.values(found)) > 60, `enough of them were plain: ${JSON.stringify(found)}`)
})

const STRANGE = [
  ...' \t\n\r-#:,?!&*%@|>~={}[]()<"\'\\x0.é\u00a0\u2028\ufeff',
  '\n ',
  '\n  ',
  ': ',
  ' #',
  '\r\n',
]

/** The text with one of its characters gone, or another one in its place or before it. */
function changed(text: string, chance: Chance): string {
  const at = chance.below(text.length)
  return text.slice(0, at) + chance.pick(['', ...STRANGE, ...STRANGE]) + text.slice(at + chance.below(2))
}
