import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'tap'
import { optionTable } from '../src/config/describe.js'
import { DEFAULT_HEADERS } from '../src/config/header-schema.js'
import { ERRORS } from '../src/errors.js'
import { createMetrics } from '../src/ops/metrics.js'
import { brokenLinks } from './docs/links.js'
import { between, firstCells, PAGES, pageAt, section } from './docs/pages.js'

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`src/${name}`, 'utf8'))

const codesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

const errorTable = (): string =>
  ['| error | status | says |', '| --- | --- | --- |']
    .concat(
      Object.entries(ERRORS).map(([code, { status, message }]) => `| \`${code}\` | ${status} | ${message} |`),
    )
    .join('\n')

interface Figure {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labelNames: readonly string[]
}

const figureTable = (): string => {
  const figures = createMetrics().registry.getMetricsAsArray() as unknown as Figure[]
  const rows = figures
    .filter(({ name }) => name.startsWith('doorward_'))
    .map(({ name, type, labelNames, help }) => {
      const labels = labelNames.map((label) => `\`${label}\``).join(', ')
      return `| \`${name}\` | ${type} | ${labels} | ${help} |`
    })
  return ['| figure | type | labels | says |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

test("the pages' tables are those of the code (their text is in the failure's diff)", async (t) => {
  t.equal(between('metrics'), figureTable())
  t.equal(between('options'), optionTable().trim())
  t.equal(between('errors'), errorTable())
})

test('every endpoint of the pages exists, and the other way round', async (t) => {
  const { text } = pageAt('config/endpoints.md')
  const documented = [...text.matchAll(/^\| `\/oauth2\/([\w/-]+)/gm)].map(([, path]) => path)
  const routes = readdirSync('src/routes')
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`src/routes/${name}`, 'utf8'))
    .flatMap((text) => [...text.matchAll(/(?:url: |app\.get\(\s*)'\/(\w[\w/-]*)'/g)].map(([, path]) => path))
  t.same(documented.sort(), routes.sort())
})

test('every default header in the README is one', async (t) => {
  const { text } = pageAt('README.md')
  for (const name of Object.keys(DEFAULT_HEADERS)) t.match(text, `| \`${name}\` |`)
})

test('every event of the log is told with what to do, and no other', async (t) => {
  const code = [...readFileSync('src/audit.ts', 'utf8').matchAll(/^ {2}\| '([\w.]+)'/gm)].map(
    ([, event]) => event,
  )
  t.same(firstCells(between('events')).flatMap(codesIn).sort(), code.sort())
})

test('every other line of the log is told with what to do, and no other', async (t) => {
  const said = /\blog\.(?:info|warn|error)\((?:\s*\{[^}]*\},)?\s*'([^']+)',?\s*\)/g
  const code = new Set(sources.flatMap((text) => [...text.matchAll(said)].map(([, message]) => message)))
  t.same(firstCells(between('messages')).flatMap(codesIn).sort(), [...code].sort())
})

test('for every answer of Doorward there is something to do', async (t) => {
  const rows = firstCells(section(pageAt('deploy/operating.md'), '## What a person saw'))
  t.same(rows.flatMap(codesIn).sort(), Object.keys(ERRORS).sort())
})

test('every sentence of Doorward that the README quotes is one', async (t) => {
  const sentences = Object.values(ERRORS).map(({ message }) => message)
  const quoted = firstCells(section(pageAt('README.md'), '## Your first real Okta tenant'))
    .filter((cell) => cell.startsWith('"'))
    .map((cell) => cell.slice(1, -1))
  t.ok(quoted.length > 4)
  for (const quote of quoted)
    t.ok(
      sentences.some((sentence) => sentence.startsWith(quote)),
      quote,
    )
})

test('the drawn path of a request has the steps of the gate, in their order', async (t) => {
  const drawn = section(pageAt('deploy/security-model.md'), '## The path of a request')
  const gate = readFileSync('src/gate/index.ts', 'utf8')
  const hooks = gate.slice(gate.indexOf("'onRequest'"), gate.indexOf('await routeEverything'))
  const steps = [...hooks.matchAll(/\b(\w+)\(services/g)].map(([, step]) => step)
  t.ok(steps.length > 5)
  t.same(
    [...drawn.matchAll(/^ *\w+\["<b>(\w+)<\/b>/gm)].map(([, step]) => step),
    ['resolveTenant', ...steps],
  )
})

test('a test that a page names is there, under that name', async (t) => {
  let named = 0
  for (const { path, text } of PAGES) {
    for (const [, file = '', names = ''] of text.matchAll(
      /\[`(test\/[^`]+)`\]\([^)]*\),\s+((?:"[^"]+",?\s*)+)/g,
    )) {
      const source = existsSync(file) ? readFileSync(file, 'utf8') : ''
      for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) {
        named += 1
        const title = name.replaceAll(/\s+/g, ' ')
        t.ok(
          source.includes(`test('${title}'`) || source.includes(`test("${title}"`),
          `${path}: ${file}: ${title}`,
        )
      }
    }
  }
  t.ok(named > 8)
})

test('every link from one page to another leads somewhere', async (t) => {
  const changelog = { path: 'CHANGELOG.md', text: readFileSync('CHANGELOG.md', 'utf8') }
  t.same([...PAGES, changelog].flatMap(brokenLinks), [])
  const wrong = '# A\n[a](no-such.md) [b](README.md#nowhere) `[c](not-a-link)` [d](#a) [e](../../out.md)'
  t.same(
    brokenLinks({ path: 'README.md', text: wrong }),
    ['no-such.md', 'README.md#nowhere', '#a', '../../out.md'].map((target) => `README.md: ${target}`),
    'and one that does not is found (an anchor is looked for in the page as it is)',
  )
})

test('every page can be reached from the README', async (t) => {
  const reached = new Set(['README.md'])
  for (const path of reached) {
    for (const { path: other } of PAGES) {
      const folder = other.replace(/README\.md$/, '')
      const base = new URL(path, 'file:///')
      const links = [...pageAt(path).text.matchAll(/\]\(([^)\s#]+)/g)].map(([, target = '']) =>
        new URL(target, base).pathname.slice(1),
      )
      if (links.includes(other) || links.includes(folder)) reached.add(other)
    }
  }
  t.same(
    PAGES.map(({ path }) => path).filter((path) => !reached.has(path)),
    [],
  )
})
