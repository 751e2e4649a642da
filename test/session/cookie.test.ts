import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'tap'
import { formatSessionCookie, newSessionHandle, parseSessionCookie } from '../../src/session/cookie.js'

test('a session cookie holds an id and a secret that nobody had before', async (t) => {
  const keys = Array.from({ length: 1000 }, newSessionHandle)
  t.equal(new Set(keys.map(({ id }) => id)).size, 1000)
  t.equal(new Set(keys.map(({ secret }) => secret.toString('hex'))).size, 1000)
  for (const key of keys.slice(0, 10)) {
    const value = formatSessionCookie(key)
    t.match(value, /^[\w-]{22}\.[\w-]{43}$/)
    t.same(parseSessionCookie(value), key)
  }
})

const key = { id: Buffer.alloc(16, 1).toString('base64url'), secret: Buffer.alloc(32, 2) }
const good = formatSessionCookie(key)
const [id = '', secret = ''] = good.split('.')

const refused = [
  '',
  '.',
  '..',
  id,
  `${id}.`,
  `.${secret}`,
  `${secret}.${id}`,
  `${id}.${id}`,
  `${secret}.${secret}`,
  `${good}.`,
  `.${good}`,
  `${good}.${secret}`,
  `${good}=`,
  `${id}==.${secret}`,
  `${good}A`,
  `A${good}`,
  good.slice(0, -1),
  good.slice(1),
  ` ${good}`,
  `${good} `,
  `"${good}"`,
  `${good}\n`,
  `${id}%2E${secret}`,
  `${id}:${secret}`,
  `${id}.${secret.slice(0, -1)}J`,
  `${id.slice(0, -1)}R.${secret}`,
  `${id}.${'é'.repeat(43)}`,
  `../${id}.${secret}`,
  `${id}.${Buffer.alloc(33, 2).toString('base64url')}`,
  `${Buffer.alloc(17, 1).toString('base64url')}.${secret}`,
  'undefined.undefined',
  'x'.repeat(100_000),
  '.'.repeat(100_000),
]

test('anything that Doorward did not write is no key', async (t) => {
  t.same(parseSessionCookie(good), key)
  for (const value of refused) t.equal(parseSessionCookie(value), undefined, value.slice(0, 90))
})

test('each changed character makes another key or none, and never throws', async (t) => {
  const same = Array.from({ length: 3000 }, () => {
    const at = randomInt(good.length)
    return good.slice(0, at) + randomBytes(1).toString('latin1') + good.slice(at + 1)
  })
    .filter((value) => value !== good)
    .filter((value) => {
      const parsed = parseSessionCookie(value)
      return parsed !== undefined && parsed.id === key.id && parsed.secret.equals(key.secret)
    })
  t.same(same, [])
})
