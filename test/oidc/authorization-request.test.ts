import { createHash } from 'node:crypto'
import { test } from 'tap'
import { beginLogin } from '../../src/oidc/authorization-request.js'
import { openTransactions } from '../../src/oidc/transaction.js'
import { createSealer } from '../../src/sealer.js'
import { startTinyProvider } from './tiny-provider.js'

const NOW = 1_800_000_000_000
const redirectUri = 'https://acme.example.com/oauth2/callback'
const request = { redirectUri, returnTo: '/', recentLogins: [] as number[] }

test('an authorization request carries PKCE S256, state and nonce, new each time', async (t) => {
  const context = (await startTinyProvider(t)).context()
  const starts = await Promise.all(Array.from({ length: 20 }, () => beginLogin(context, request)))
  for (const { url, transaction } of starts) {
    t.same(Object.fromEntries(url.searchParams), {
      client_id: '0oa1b2c3d4',
      response_type: 'code',
      scope: 'openid profile email offline_access',
      redirect_uri: redirectUri,
      state: transaction.state,
      nonce: transaction.nonce,
      code_challenge: createHash('sha256').update(transaction.code_verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
  }
  for (const name of ['state', 'nonce', 'code_verifier'] as const) {
    const values = new Set(starts.map(({ transaction }) => transaction[name]))
    t.equal(values.size, 20, name)
    for (const value of values) t.ok(value.length >= 43, '256 bits')
  }
})

test('what the operator adds is sent, and replaces nothing of what protects the login', async (t) => {
  const provider = await startTinyProvider(t)
  const forged = ['state', 'nonce', 'scope', 'redirect_uri', 'code_challenge', 'code_challenge_method']
  const authorization_params = {
    ...Object.fromEntries(forged.map((name) => [name, 'forged'])),
    prompt: 'login',
    idp: '0oa9',
    acr_values: 'urn:okta:loa:2fa:any',
  }
  const { url } = await beginLogin(provider.context({ tenant: { authorization_params } }), request)
  for (const name of forged) {
    t.equal(url.searchParams.getAll(name).length, 1, name)
    t.not(url.searchParams.get(name), 'forged', name)
  }
  t.match(Object.fromEntries(url.searchParams), {
    prompt: 'login',
    idp: '0oa9',
    acr_values: 'urn:okta:loa:2fa:any',
  })
})

test('a login hint is passed on as one parameter, whatever it holds', async (t) => {
  const context = (await startTinyProvider(t)).context()
  for (const loginHint of ['alice@acme.example', 'a&state=forged', 'ü +%26', '']) {
    const { url, transaction } = await beginLogin(context, { ...request, loginHint })
    t.equal(url.searchParams.get('login_hint'), loginHint)
    t.same(url.searchParams.getAll('state'), [transaction.state])
  }
  t.notOk((await beginLogin(context, request)).url.searchParams.has('login_hint'))
})

test('the response mode is said where it is not the default, and prompt=none where nobody is to be asked', async (t) => {
  const provider = await startTinyProvider(t)
  const tenant = { response_mode: 'form_post', authorization_params: { prompt: 'login' } } as const
  const loud = await beginLogin(provider.context({ tenant }), request)
  t.match(Object.fromEntries(loud.url.searchParams), { response_mode: 'form_post', prompt: 'login' })
  t.notOk(loud.transaction.is_silent)
  const silent = await beginLogin(provider.context({ tenant }), { ...request, isSilent: true })
  t.same(silent.url.searchParams.getAll('prompt'), ['none'])
  t.equal(silent.transaction.is_silent, true)
})

const recent = (count: number, age: number): number[] =>
  Array.from({ length: count }, (_, index) => NOW - age - index)

test('the eleventh login of a browser within a minute is refused, and the window moves on', async (t) => {
  const context = (await startTinyProvider(t)).context()
  const start = (recentLogins: number[]) => beginLogin(context, { ...request, recentLogins })
  const table: [what: string, recentLogins: number[], kept: number | undefined][] = [
    ['the first', [], 1],
    ['the tenth', recent(9, 0), 10],
    ['the eleventh', recent(10, 0), undefined],
    ['the thousandth', recent(1000, 0), undefined],
    ['the eleventh at the end of the window', recent(10, 59_000), undefined],
    ['the eleventh when one has left the window', [NOW - 60_000, ...recent(9, 0)], 10],
    ['the eleventh when all have left the window', recent(10, 60_000), 1],
  ]
  for (const [what, recentLogins, kept] of table) {
    if (kept === undefined)
      await t.rejects(start(recentLogins), { code: 'too_many_logins', status: 429 }, what)
    else t.equal((await start(recentLogins)).transaction.recent_logins.length, kept, what)
  }
  t.same((await start([NOW - 5])).transaction.recent_logins, [NOW - 5, NOW])
})

test('a loop is refused without a word to the provider', async (t) => {
  const context = (await startTinyProvider(t)).context()
  const connection = () => Promise.reject(new Error('asked'))
  const looping = beginLogin(
    { ...context, provider: { connection } },
    { ...request, recentLogins: recent(10, 0) },
  )
  await t.rejects(looping, { code: 'too_many_logins' })
})

test('an address that is too long for a cookie gives up its query, then its path', async (t) => {
  const context = (await startTinyProvider(t)).context()
  const long = 'x'.repeat(2048)
  const table: [returnTo: string, kept: string][] = [
    ['/a?b#c', '/a?b#c'],
    [`/${long.slice(1)}`, `/${long.slice(1)}`],
    [`/a?${long}`, '/a'],
    [`/a#${long}`, '/a'],
    [`/${long}?b`, '/'],
  ]
  for (const [returnTo, kept] of table) {
    t.equal((await beginLogin(context, { ...request, returnTo })).transaction.return_to, kept)
  }
})

test('the ticket of a form is in the transaction, and never in the address', async (t) => {
  const context = (await startTinyProvider(t)).context()
  const ticket = 'ticket'.padEnd(43, 'x')
  const own = await beginLogin(context, { ...request, form: { ticket, isOwn: true } })
  t.equal(own.transaction.form, ticket)
  t.notOk(own.url.href.includes(ticket))
  const foreign = await beginLogin(context, { ...request, form: { ticket, isOwn: false } })
  t.equal(foreign.transaction.state.slice(0, 12), 'another-site', 'what names the cookie')
  t.ok(foreign.transaction.state.length >= 12 + 43, '256 bits besides')
  t.notOk('form' in (await beginLogin(context, request)).transaction)
})

test('the largest transaction fits into a cookie', async (t) => {
  const context = (await startTinyProvider(t)).context()
  const { transaction } = await beginLogin(context, {
    redirectUri,
    returnTo: `/${'x'.repeat(2047)}`,
    recentLogins: recent(9, 0),
    form: { ticket: 'x'.repeat(43), isOwn: false },
  })
  const sealer = createSealer([Buffer.alloc(32)])
  const site = {
    sealer,
    tenant: 'a'.repeat(63),
    client: '0oa https://acme.okta.example',
    origin: 'https://acme.example.com',
    prefix: '__Host-doorward-tx-',
  }
  const cookies = openTransactions({ ...site, cookies: new Map(), now: NOW }).add(transaction)
  // RFC 6265 §6.1, with its name and attributes.
  for (const { name, value } of cookies) t.ok(`${name}=${value}`.length + 100 < 4096)
})
