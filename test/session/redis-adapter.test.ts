import { writeFileSync } from 'node:fs'
import { type Test, test } from 'tap'
import { Secret } from '../../src/config/secret.js'
import { type Redis, startRedis, TLS } from '../fixtures/redis.js'
import { until } from '../fixtures/until.js'
import { locate, openRedis, operations, redisContract, UNAVAILABLE, untilReady } from './redis-fixture.js'
import { LONG, SHORT } from './store-fixture.js'

const PASSWORD = 'p@ss:w0rd/ü'
const USER = ['--user', 'doorward', 'on', `>${PASSWORD}`, '~here:*', '+@all', '-@dangerous']

const authenticated = (redis: Redis, user: string): string =>
  redis.url.replace('://', `://${user}:${encodeURIComponent(PASSWORD)}@`)

/** Each starts its servers and resolves the URL of the store on them. */
const BACKENDS: { readonly [name: string]: (t: Test) => Promise<string | undefined> } = {
  redis: async (t) => (await startRedis(t))?.url,
  'redis with a password': async (t) => {
    const redis = await startRedis(t, { args: ['--requirepass', PASSWORD] })
    return redis && authenticated(redis, '')
  },
  'redis with a user, a database and a prefix': async (t) => {
    const redis = await startRedis(t, { args: USER })
    return redis && `${authenticated(redis, 'doorward')}/3?prefix=here`
  },
  'rediss with an authority of its own': async (t) => {
    const redis = await startRedis(t, { tls: true })
    return redis && `${redis.url}?ca=${TLS.ca}`
  },
}

for (const [name, start] of Object.entries(BACKENDS)) {
  test(`${name}: keeps the contract of a store`, async (t) => {
    const url = await start(t)
    if (url === undefined) return
    await redisContract(t, url)
  })
}

test('records have the prefix of the location, in its database', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store } = openRedis(t, `${redis.url}/5?prefix=here`)
  const { store: elsewhere } = openRedis(t, `${redis.url}/5?prefix=there`)
  await Promise.all([untilReady(store), untilReady(elsewhere)])
  await store.set('a', 'x', LONG)
  await store.include('set', 'a', LONG)
  t.same(await redis.command('DBSIZE'), 0)
  await redis.command('SWAPDB', '0', '5')
  t.same(((await redis.command('KEYS', '*')) as string[]).sort(), ['here:a', 'here:set'])
  await redis.command('SWAPDB', '0', '5')
  t.equal(await elsewhere.get('a'), undefined)
})

test('a set lives in Redis as long as its last member, which the next one does not shorten', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const { store } = openRedis(t, redis.url)
  await untilReady(store)
  await store.include('set', 'long', LONG)
  await store.include('set', 'short', SHORT)
  const left = await redis.command<number>('PTTL', 'doorward:set')
  t.ok(left > SHORT && left <= LONG, `${left} ms`)
  await until('one goes', async () => (await store.members('set')).length === 1)
  await store.include('set', 'next', LONG)
  t.equal(await redis.command('ZCARD', 'doorward:set'), 2, 'whose time has run out is swept by the next one')
  await store.include('other', 'short', SHORT)
  await until('it goes', async () => (await redis.command('EXISTS', 'doorward:other')) === 0)
})

test('who cannot prove to be the Redis, or does not know Doorward, is not talked to', async (t) => {
  const redis = await startRedis(t, { tls: true, args: ['--requirepass', PASSWORD] })
  if (!redis) return
  const { url } = redis
  const wrong = {
    'another authority': `${authenticated(redis, '')}?ca=${TLS.otherCa}`,
    'the authorities of the system': authenticated(redis, ''),
    'no TLS': authenticated(redis, '').replace('rediss', 'redis'),
    'no password': `${url}?ca=${TLS.ca}`,
    'another password': `${url.replace('://', '://:other@')}?ca=${TLS.ca}`,
  }
  for (const [name, url] of Object.entries(wrong)) {
    const { store, errors } = openRedis(t, url)
    for (const operation of Object.values(operations(store))) await t.rejects(operation(), UNAVAILABLE, name)
    t.equal(errors.length, 1, name)
    await store.close()
  }
})

test('a password that changes in its file is the one of the next connection', async (t) => {
  const redis = await startRedis(t, { args: USER })
  if (!redis) return
  const file = `${t.testdir({ password: PASSWORD })}/password`
  const password = Secret.fromFile(file)
  const location = { ...locate(`${redis.url}?prefix=here`), username: 'doorward', password }
  const { store, changes, errors } = openRedis(t, location)
  await untilReady(store)
  await redis.command('ACL', 'SETUSER', 'doorward', 'resetpass', '>another')
  t.ok(await store.add('a', 'x', LONG), 'who is connected stays so')
  await redis.command('CLIENT', 'KILL', 'USER', 'doorward')
  await until('the loss is told', () => changes.includes('lost'))
  await t.rejects(store.get('a'), UNAVAILABLE, 'the old password opens nothing')
  writeFileSync(file, 'another\n')
  await untilReady(store)
  t.equal(await store.get('a'), 'x')
  t.same(changes, ['lost', 'restored'])
  t.notMatch(errors.map(String).join(), /another|p@ss/)
})
