import { randomBytes } from 'node:crypto'
import { createClient } from '@keyv/redis'
import { decodeJwt } from 'jose'
import { type Test, test } from 'tap'
import { createSealer, type Purpose } from '../../src/sealer.js'
import { parseSessionCookie } from '../../src/session/cookie.js'
import { Client } from '../fixtures/client.js'
import { type Redis, startRedis } from '../fixtures/redis.js'
import { ALICE, startWorld } from '../fixtures/world.js'

interface Row {
  readonly key: string
  readonly value: string
  readonly ttl: number
}

/** What the keys and values are made of. */
const wordsOf = (rows: readonly Pick<Row, 'key' | 'value'>[]): string[] => [
  ...new Set(rows.flatMap(({ key, value }) => [...key.split(':'), ...value.split(' ')])),
]

const decoded = (text: string): string[] =>
  (['base64url', 'hex'] as const).map((encoding) => Buffer.from(text, encoding).toString('latin1'))

/** Everything that is in Redis: records, and sets of the index as their members. */
async function dump(t: Pick<Test, 'teardown'>, { url }: Redis): Promise<Row[]> {
  const client = createClient({ url })
  await client.connect()
  t.teardown(() => client.destroy())
  const keys = (await client.keys('*')) as string[]
  return Promise.all(
    keys.map(async (key) => ({
      key,
      value:
        (await client.type(key)) === 'zset'
          ? (await client.zRange(key, 0, -1)).join(' ')
          : String(await client.get(key)),
      ttl: Number(await client.pTTL(key)),
    })),
  )
}

test('what Redis holds says nothing, opens nothing without the cookie, and goes away by itself', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const masterKey = randomBytes(32)
  const world = await startWorld(t, {
    settings: {
      session: { store: redis.url, keys: [masterKey.toString('base64')] },
      headers: { 'X-Access': '$access_token', 'X-Id': '$id_token' },
    },
  })
  const client = await world.client('acme')
  const rows = await dump(t, redis)
  t.ok(rows.length >= 2, 'the session, and the state that was used')
  for (const { key, ttl } of rows) t.ok(ttl > 0 && ttl <= 3_900_000, `${key} lives ${ttl} ms`)

  const sent = world.upstream.requests.at(-1)?.headers
  const cookie = String(client.cookies('acme.localhost').doorward)
  const [cookieId = '', secret = ''] = cookie.split('.')
  const id = parseSessionCookie(cookie)?.id ?? ''
  await client.get(world.url('acme', '/oauth2/logout'))
  await world.orgs.acme.calledTimes('revoke', 1)
  const secrets = {
    'access token': sent?.['x-access'],
    'id token': sent?.['x-id'],
    'refresh token': world.orgs.acme.requests('revoke')[0]?.body.token,
    code: world.orgs.acme.requests('token')[0]?.body.code,
    'code verifier': world.orgs.acme.requests('token')[0]?.body.code_verifier,
    state: world.orgs.acme.requests('authorize')[0]?.query.state,
    nonce: world.orgs.acme.requests('authorize')[0]?.query.nonce,
    'client secret': 'acme-0_secret',
    'sid of the sign-in': decodeJwt(String(sent?.['x-id'])).sid,
    sub: ALICE.sub,
    mail: ALICE.email,
    name: ALICE.name,
    group: 'admins',
    "cookie's id": cookieId,
    "cookie's id in bytes": Buffer.from(cookieId, 'base64url').toString('latin1'),
    "cookie's secret": secret,
    "cookie's secret in bytes": Buffer.from(secret, 'base64url').toString('latin1'),
  }
  const readings = rows.flatMap(({ key, value }) => [
    `${key} ${value}`,
    ...wordsOf([{ key, value }]).flatMap(decoded),
  ])
  for (const [what, text] of Object.entries(secrets)) {
    t.ok(text, what)
    t.notOk(
      readings.some((reading) => reading.includes(String(text))),
      `no ${what}`,
    )
  }

  const sealer = createSealer([masterKey])
  const sealed = String(rows.find(({ key }) => key.includes('session:'))?.value)
  const sealing = { purpose: 'session', context: ['acme', id] } as const
  t.equal(sealer.open(sealed, sealing), undefined, 'the session key alone opens nothing')
  t.equal(sealer.open(sealed, { ...sealing, secret: randomBytes(32) }), undefined)
  const bytes = Buffer.from(secret, 'base64url')
  t.match(sealer.open(sealed, { ...sealing, secret: bytes }), ALICE.email, 'with the cookie it does')
  t.equal(sealer.open(sealed, { ...sealing, context: ['globex', id], secret: bytes }), undefined)
  t.equal(createSealer([randomBytes(32)]).open(sealed, { ...sealing, secret: bytes }), undefined)
  const left = (await dump(t, redis)).filter(({ key }) => !key.includes(':used:'))
  t.same(left, [], 'a signed-out session is gone, from the index too')
})

test('a dump together with the keys of the configuration opens nothing without a cookie', async (t) => {
  const redis = await startRedis(t)
  if (!redis) return
  const masterKey = randomBytes(32)
  const world = await startWorld(t, {
    settings: { session: { store: redis.url, keys: [masterKey.toString('base64')] } },
  })
  const clients = [await world.client('acme'), await world.client('globex')]
  // While a refresh is under way its lease is there, too.
  const { acme } = world.orgs
  acme.behave('token', { hang: true })
  const refresh = clients[0]?.xhr(world.url('acme', '/oauth2/session/refresh'), { method: 'POST' })
  await acme.calledTimes('token', 2)
  const rows = await dump(t, redis)
  acme.behave('token', undefined)
  t.match(await refresh, { status: 200 })
  const kinds = rows.map(({ key }) => key.split(':')[1])
  t.same([...new Set(kinds)].sort(), ['index', 'lease', 'rotation', 'session', 'used'])

  const words = wordsOf(rows)
  const bytes = [
    masterKey,
    Buffer.alloc(32),
    ...words.flatMap(decoded).map((text) => Buffer.from(text, 'latin1')),
  ]
  const sealer = createSealer([masterKey])
  const tryAll = (secrets: readonly (Buffer | undefined)[]) => {
    const attempts = rows.flatMap(({ value }) =>
      (['session', 'transaction'] as const satisfies Purpose[]).flatMap((purpose) =>
        ['acme', 'globex'].flatMap((tenant) =>
          words.flatMap((id) =>
            secrets.map((secret) =>
              sealer.open(value, { purpose, context: [tenant, id], ...(secret && { secret }) }),
            ),
          ),
        ),
      ),
    )
    return attempts.filter((text) => text !== undefined)
  }
  t.same(tryAll([undefined, ...bytes]), [])
  const cookies = clients.map((client, at) => client.cookies(`${['acme', 'globex'][at]}.localhost`).doorward)
  const secrets = cookies.map((cookie) => parseSessionCookie(String(cookie))?.secret)
  t.equal(tryAll(secrets).length, cookies.length, 'it is the cookies that were missing')

  const parts = bytes.map((part) => part.toString('base64url'))
  const forged = parts.flatMap((id) => parts.map((secret) => `${id}.${secret}`)).filter(parseSessionCookie)
  t.ok(forged.length > 0, 'some look like cookies')
  for (const cookie of [...forged, ...words]) {
    const headers = { cookie: `doorward=${cookie}` }
    const { status } = await new Client().xhr(world.url('acme', '/'), { headers })
    if (status !== 401) t.fail(`${cookie} was answered with ${status}`)
  }
})
