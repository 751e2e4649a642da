import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import type { CookieChange } from '../../src/cookies.js'
import { type LoginTransaction, openTransactions, TRANSACTION_LIFETIME } from '../../src/oidc/transaction.js'
import { createSealer } from '../../src/sealer.js'

const NOW = 1_800_000_000_000
const sealer = createSealer([randomBytes(32)])
const client = '0oa1b2c3d4 https://acme.okta.example'
const site = {
  sealer,
  tenant: 'acme',
  client,
  origin: 'https://acme.example.com',
  prefix: '__Host-doorward-tx-',
}

const login = (state: string, started_at = NOW): LoginTransaction => ({
  kind: 'login',
  state,
  nonce: 'nonce',
  code_verifier: 'verifier',
  return_to: '/a?b#c',
  started_at,
  recent_logins: [started_at],
})

const open = (cookies: ReadonlyMap<string, string>, options = {}) =>
  openTransactions({ ...site, cookies, now: NOW, ...options })

/** What a browser makes of cookie changes. */
function apply(jar: Map<string, string>, changes: readonly CookieChange[]): Map<string, string> {
  const next = new Map(jar)
  for (const { name, value } of changes) value === undefined ? next.delete(name) : next.set(name, value)
  return next
}

const withLogins = (...starts: [state: string, at?: number][]): Map<string, string> =>
  starts.reduce(
    (jar, [state, at = NOW]) => apply(jar, open(jar, { now: at }).add(login(state, at))),
    new Map(),
  )

test('a login in flight is found by its state and by nothing else', async (t) => {
  const jar = withLogins(['state-of-a-login-1'], ['other-state-of-a-login'])
  t.same(open(jar).find('state-of-a-login-1'), login('state-of-a-login-1'))
  for (const state of ['', 'state-of-a-l', 'state-of-a-login-2', 'state-of-a-login-1 ', '__proto__']) {
    t.equal(open(jar).find(state), undefined, state)
  }
  t.equal(open(new Map()).find('state-of-a-login-1'), undefined)
})

test('five at most are in flight, and the oldest gives way', async (t) => {
  let jar = new Map<string, string>()
  for (let index = 0; index < 12; index += 1) {
    jar = apply(jar, open(jar, { now: NOW + index }).add(login(`${index}-state`, NOW + index)))
    t.ok(jar.size <= 5)
  }
  const states = open(jar).all.map(({ state }) => state)
  t.same(states, ['7-state', '8-state', '9-state', '10-state', '11-state'], 'oldest first')
})

test('more than five that arrive anyway are cut down to five', async (t) => {
  const many = new Map(
    [...Array(9).keys()].flatMap((index) => [...withLogins([`${index}-state`, NOW + index])]),
  )
  t.equal(apply(many, open(many).add(login('the-tenth', NOW + 10))).size, 5)
})

test('a transaction ends after ten minutes, and its cookie goes with the next change', async (t) => {
  const jar = withLogins(['state'])
  const [name] = jar.keys()
  t.ok(open(jar, { now: NOW + TRANSACTION_LIFETIME - 1 }).find('state'))
  const later = open(jar, { now: NOW + TRANSACTION_LIFETIME })
  t.equal(later.find('state'), undefined)
  t.same(later.all, [])
  const changes = later.add(login('next', NOW + TRANSACTION_LIFETIME))
  t.match(changes, [
    { name, value: undefined },
    { name: '__Host-doorward-tx-next', maxAge: 600 },
  ])
})

test('the cookie of another tenant, origin, name or key opens nothing', async (t) => {
  const jar = withLogins(['state-of-a-login'])
  const [[name = '', value = ''] = []] = jar
  const foreign = {
    'another tenant': open(jar, { tenant: 'globex' }),
    'another client of the tenant': open(jar, { client: '0oa1b2c3d4 https://other.okta.example' }),
    'another origin': open(jar, { origin: 'https://acme.example.org' }),
    'the same host over http': open(jar, { origin: 'http://acme.example.com' }),
    'another key': open(jar, { sealer: createSealer([randomBytes(32)]) }),
    'another name': open(new Map([['__Host-doorward-tx-another', value]])),
    'the name of http': open(new Map([[name.replace('__Host-', ''), value]])),
  }
  for (const [what, transactions] of Object.entries(foreign)) t.same(transactions.all, [], what)
  t.equal(open(jar).all.length, 1)
})

test('a tampered cookie is as if it were not there, and is removed', async (t) => {
  const [[name = '', value = ''] = []] = withLogins(['state'])
  const session = sealer.seal(JSON.stringify(login('state')), {
    purpose: 'session',
    context: ['acme', site.origin, name],
  })
  const tampered = [
    '',
    'x',
    value.slice(1),
    value.slice(0, -1),
    `${value}A`,
    `${value}=`,
    value.toLowerCase(),
    session,
  ]
  for (const text of tampered) {
    const jar = new Map([[name, text]])
    t.equal(open(jar).find('state'), undefined, text.slice(0, 20))
    t.same(open(jar).add(login('next'))[0], { name, value: undefined })
  }
})

test('what a cookie holds can be read by nobody, and removing names the right one', async (t) => {
  const jar = withLogins(['the-state-of-this-login'])
  const [[name = '', value = ''] = []] = jar
  t.equal(name, '__Host-doorward-tx-the-state-of', 'a part of the state, which is of no use alone')
  for (const part of ['verifier', 'nonce', 'this-login', '/a?b']) {
    t.notOk(Buffer.from(value, 'base64url').includes(part), part)
  }
  t.same(open(jar).remove('the-state-of-this-login'), { name, value: undefined })
})
