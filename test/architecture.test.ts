import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { posix } from 'node:path'
import { test } from 'tap'
import { createApp } from '../src/app.js'
import { openConfig } from '../src/config/config-source.js'
import { createLogger } from '../src/ops/logging.js'

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(`src/${name}`, 'utf8') }))

test('no file is longer than a reader wants to scroll', async (t) => {
  for (const { name, text } of sources) t.ok(text.split('\n').length <= 250, name)
})

test('only main.ts and the configuration know the process', async (t) => {
  const users = sources
    .filter(({ text }) => /\bprocess\.(env|argv|exit|on|std)/.test(text))
    .map(({ name }) => name)
  t.same(users.sort(), ['config/load.ts', 'main.ts'])
})

test('only operations know what makes the figures', async (t) => {
  const users = sources.filter(({ text }) => text.includes("'prom-client'")).map(({ name }) => name)
  t.ok(users.length > 0)
  t.same(
    users.filter((name) => !name.startsWith('ops/')),
    [],
  )
})

test('only one room knows that there may be several processes', async (t) => {
  const users = sources.filter(({ text }) => text.includes("'node:cluster'")).map(({ name }) => name)
  for (const name of users) t.match(name, /^workers\//)
  t.ok(users.length > 0)
})

test('there are no default exports, and no drawers', async (t) => {
  for (const { name, text } of sources) {
    t.notMatch(text, /^export default/m, name)
    t.notMatch(name, /(^|\/)(utils?|helpers?|common|types|misc)(\.ts|\/)/)
  }
})

test('every exported thing says what it means', async (t) => {
  const undocumented = sources.flatMap(({ name, text }) =>
    [...text.matchAll(/^(.*)\nexport (?:async )?(?:function|const|class|interface|type) (\w+)/gm)]
      .filter(([, above]) => !above?.endsWith('*/'))
      .map(([, , exported]) => `${name}: ${exported}`),
  )
  t.same(undocumented, [])
})

test('a start loads neither the Redis client nor the YAML parser before somebody needs them', async (t) => {
  const loaded = new Set(['main.ts', 'server.ts'])
  const packages = new Set<string>()
  // A set that grows is walked to its new end.
  for (const name of loaded) {
    const text = sources.find((source) => source.name === name)?.text ?? ''
    for (const [, from = ''] of text.matchAll(/^(?:import|export) (?!type )[^;]*? from '(.+)'$/gm)) {
      if (from.startsWith('.')) loaded.add(posix.join(posix.dirname(name), from.replace(/\.js$/, '.ts')))
      else packages.add(from)
    }
  }
  t.ok(loaded.has('oidc/key-set.ts') && packages.has('zod'), 'the imports were followed')
  t.notOk(packages.has('yaml'))
  t.notOk(packages.has('@keyv/redis'))
})

test('the plugins read like the architecture', async (t) => {
  const source = openConfig('config/doorward.yaml', {})
  const app = await createApp(source, { log: createLogger({ write: () => undefined }), now: Date.now })
  t.teardown(() => app.close())
  await app.public.ready()
  const loaded = Object.keys(createRequire(import.meta.url).cache)
  t.ok(loaded.some((file) => file.includes('/node_modules/fastify/')))
  t.notOk(
    loaded.some((file) => file.includes('/node_modules/ajv/')),
    'no route has a schema',
  )
  const plugins = app.public.printPlugins().replace(/ \d+ ms$/gm, '')
  const names = plugins.split('\n').map((line) => line.replace(/^[│├└─┬ ]+/, ''))
  t.same(
    names.filter((name) => name !== '' && name !== 'bound _after'),
    [
      'root',
      'request-metrics',
      'abandoned-answers',
      'request-state',
      'cookie-changes',
      '@fastify/cookie',
      'error-handler',
      'request-limits',
      'routes',
      'browserRoutes',
      'proxyRoutes',
      'providerRoutes',
      'gate',
      '@fastify/http-proxy',
      '@fastify/reply-from',
    ],
  )
})
