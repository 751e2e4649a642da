import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'tap'
import { newSessionCookie, parseSessionCookie } from '../../src/session/cookie.js'

test('a session cookie holds an id and a secret that nobody had before', async (t) => {
  const all = Array.from({ length: 1000 }, newSessionCookie)
  t.equal(new Set(all.map(({ key }) => key.id)).size, 1000)
  t.equal(new Set(all.map(({ key }) => key.secret.toString('hex'))).size, 1000)
  for (const { key, cookie } of all.slice(0, 10)) {
    t.match(cookie, /^[\w-]{22}\.[\w-]{43}$/)
    t.same(parseSessionCookie(cookie), key)
  }
})

test("the session's name in the store and in logs is none that a cookie could be made of", async (t) => {
  const { key, cookie } = newSessionCookie()
  t.match(key.id, /^[0-9a-f]{32}$/)
  const [id = ''] = cookie.split('.')
  t.notOk(Buffer.from(id, 'base64url').toString('hex').includes(key.id))
})

const { key, cookie: good } = newSessionCookie()
const [id = '', secret = ''] = good.split('.')
// The last digit has bits to spare, and J never has them as Doorward writes them: another spelling of some bytes.
const changedTail = (text: string): string => `${text.slice(0, -1)}J`

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
  `${id}.${changedTail(secret)}`,
  `${changedTail(id)}.${secret}`,
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
