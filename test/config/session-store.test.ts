import { writeFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { test } from 'tap'
import { loadConfig } from '../../src/config/load.js'
import { parseRedisUrl } from '../../src/config/redis-url.js'
import { Secret } from '../../src/config/secret.js'
import { parseStoreLocation } from '../../src/config/session-store.js'
import { TLS } from '../fixtures/redis.js'

const DEFAULTS = {
  username: undefined,
  password: undefined,
  database: 0,
  service: 'mymaster',
  sentinel: { username: undefined, password: undefined },
  prefix: 'doorward',
  timeout: 1000,
  tls: undefined,
}

const LOCATIONS: { readonly [url: string]: object } = {
  'redis://host': { kind: 'redis', nodes: [{ host: 'host', port: 6379 }] },
  'redis://redis_1.internal:7000/': { kind: 'redis', nodes: [{ host: 'redis_1.internal', port: 7000 }] },
  'redis://:s3cret@[::1]:7000/15?prefix=a.b:c&timeout=500ms': {
    kind: 'redis',
    nodes: [{ host: '::1', port: 7000 }],
    password: 's3cret',
    database: 15,
    prefix: 'a.b:c',
    timeout: 500,
  },
  'rediss://us%C3%A9r:s3cret%40%3A%2F@10.0.0.1': {
    kind: 'redis',
    nodes: [{ host: '10.0.0.1', port: 6379 }],
    username: 'usér',
    password: 's3cret@:/',
    tls: { ca: undefined },
  },
  [`rediss://host?timeout=2s&ca=${encodeURIComponent(TLS.ca)}`]: {
    kind: 'redis',
    nodes: [{ host: 'host', port: 6379 }],
    timeout: 2000,
    tls: { ca: TLS.ca },
  },
  'redis+sentinel://a': { kind: 'sentinel', nodes: [{ host: 'a', port: 26_379 }] },
  'redis+sentinel://u:p@a:1,[::1],b:2/main/3?tls=true&sentinel_username=s&sentinel_password=s3cret%26': {
    kind: 'sentinel',
    nodes: [
      { host: 'a', port: 1 },
      { host: '::1', port: 26_379 },
      { host: 'b', port: 2 },
    ],
    username: 'u',
    password: 'p',
    service: 'main',
    database: 3,
    tls: { ca: undefined },
    sentinel: { username: 's', password: 's3cret&' },
  },
  'redis+cluster://:s3cret@a,b:7000?prefix=x': {
    kind: 'cluster',
    nodes: [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7000 },
    ],
    password: 's3cret',
    prefix: 'x',
  },
}

/** The location with its passwords in the open. */
const reveal = (value: unknown): unknown => {
  if (value instanceof Secret) return value.reveal()
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]))
}

test('the URL of a Redis says all that is needed to reach it, and nobody prints its passwords', async (t) => {
  for (const [url, expected] of Object.entries(LOCATIONS)) {
    const location = parseStoreLocation(url)
    t.same(reveal(location), { ...DEFAULTS, ...expected }, url)
    t.notMatch(`${inspect(location, { depth: 9, showHidden: true })}${JSON.stringify(location)}`, 's3cret')
  }
})

test('memory: is no Redis', async (t) => {
  t.same(parseStoreLocation('memory:'), { kind: 'memory' })
  for (const text of ['memory:', 'http://host', 'redis:', 'redis:/host'])
    t.equal(parseRedisUrl(text), undefined)
})

test('passwords may stand beside the URL, in files and the environment, as they are', async (t) => {
  const directory = t.testdir({ 'redis-password': 's3cret@:/%\n' })
  const load = (store: object) => {
    const tenant = { origins: ['https://a.example'], issuer: 'https://idp.example', client_id: 'a' }
    const settings = {
      session: { store, keys: [`${'A'.repeat(43)}=`] },
      upstream: 'http://127.0.0.1:3',
      tenants: [{ ...tenant, client_secret: 's3cret' }],
    }
    writeFileSync(`${directory}/doorward.yaml`, JSON.stringify(settings))
    const { store: location } = loadConfig(`${directory}/doorward.yaml`, { OF_SENTINEL: 's3cret-s' }).session
    t.notMatch(`${inspect(location, { depth: 9, showHidden: true })}${JSON.stringify(location)}`, 's3cret')
    return reveal(location)
  }
  const password = { file: 'redis-password' }
  const of = (url: string) => reveal(parseStoreLocation(url)) as { readonly sentinel: object }
  t.same(load({ url: 'memory:' }), { kind: 'memory' })
  t.same(load({ url: 'redis://:s3cret@a' }), of('redis://:s3cret@a'))
  t.same(load({ url: 'redis://a', password }), { ...of('redis://a'), password: 's3cret@:/%' })
  t.same(load({ url: 'rediss://us%C3%A9r@a/2', password }), {
    ...of('rediss://a/2'),
    username: 'usér',
    password: 's3cret@:/%',
  })
  const sentinels = 'redis+sentinel://a?sentinel_username=s'
  t.same(load({ url: sentinels, password, sentinel_password: { env: 'OF_SENTINEL' } }), {
    ...of('redis+sentinel://a'),
    password: 's3cret@:/%',
    sentinel: { username: 's', password: 's3cret-s' },
  })
})
