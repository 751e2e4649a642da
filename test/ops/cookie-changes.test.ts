import Fastify from 'fastify'
import { type Test, test } from 'tap'
import type { CookieChange } from '../../src/cookies.js'
import { cookieChanges } from '../../src/ops/cookie-changes.js'

async function setCookies(
  t: Pick<Test, 'teardown'>,
  origin: string,
  changes: CookieChange[],
): Promise<string[]> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(cookieChanges)
  app.get('/', async (_request, reply) => reply.changeCookies(origin, changes).send('x'))
  return [(await app.inject('/')).headers['set-cookie'] ?? []].flat()
}

const changes: CookieChange[] = [
  { name: '__Host-doorward', value: 'id.secret' },
  { name: '__Host-doorward-tx-1', value: 'sealed', maxAge: 600 },
  { name: '__Host-doorward-tx-0', value: undefined },
]

test('every cookie is set and deleted with all its attributes and without a Domain', async (t) => {
  t.same(await setCookies(t, 'https://acme.example.com', changes), [
    '__Host-doorward=id.secret; Path=/; HttpOnly; Secure; SameSite=Lax',
    '__Host-doorward-tx-1=sealed; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax',
    '__Host-doorward-tx-0=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
  ])
})

test('on http there is no Secure, which browsers would refuse', async (t) => {
  for (const line of await setCookies(t, 'http://acme.localhost:8080', changes)) {
    t.match(line, /; HttpOnly; SameSite=Lax$/)
    t.notMatch(line, 'Secure')
  }
})

test('no change is no header', async (t) => {
  t.same(await setCookies(t, 'https://acme.example.com', []), [])
})
