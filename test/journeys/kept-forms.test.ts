import { test } from 'tap'
import { comeBack, endElsewhere, formOf, ownForm, submit } from '../fixtures/kept-form.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { ALICE, startWorld } from '../fixtures/world.js'

test('a form that meets an ended session', async (t) => {
  const world = await startWorld(t)
  const posts = () => world.upstream.requests.filter(({ method }) => method === 'POST')

  await t.test('is sent again after the sign-in, once', async (t) => {
    const client = await world.client('acme')
    await endElsewhere(world, client)
    const body = 'text=two+words%0D%0Aand%20a%20line&text=again&submit=&%3Cb%3E=%22%27'
    const start = await submit(world, client, body)
    t.equal(start.status, 302)
    t.match(start.headers.location, world.orgs.acme.issuer)
    t.match(start.setCookies, [/^doorward=;/, /^doorward-tx-/])
    t.equal(posts().length, 0)

    const { callback, page } = await comeBack(client, start)
    t.equal(page.status, 200)
    t.match(page.headers, {
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'strict-origin',
      'content-security-policy':
        /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; frame-ancestors 'none'$/,
    })
    const form = formOf(page)
    t.same(form, {
      action: '/guestbook?page=2',
      fields: [
        ['text', 'two words\r\nand a line'],
        ['text', 'again'],
        ['submit', ''],
        ['<b>', `"'`],
      ],
      sendsItself: true,
    })
    const fields = new URLSearchParams(form.fields)
    t.equal((await submit(world, client, fields, { path: form.action })).status, 200)
    t.match(posts(), [{ url: '/guestbook?page=2', headers: { 'x-forwarded-user': ALICE.sub } }])
    t.match((await client.get(callback)).headers, { location: '/' }, 'a reload leads to the app')
    t.notMatch(JSON.stringify(world.proxy.log), /two.words|guestbook/, 'nothing of it is in the log')
  })

  await t.test('is kept when a script of the page met the end first', async (t) => {
    const client = await world.client('acme')
    await endElsewhere(world, client)
    t.equal((await client.xhr(world.url('acme', '/poll'))).status, 401)
    t.same(client.cookies('acme.localhost'), {})
    const { page } = await comeBack(client, await submit(world, client))
    t.match(formOf(page), { fields: [['text', 'hello']], sendsItself: true })
  })

  const [value, path] = ['x'.repeat(64 * 1024 - 2), `/deep?${'q'.repeat(6000)}`]
  const withoutMetadata = {
    'sec-fetch-mode': undefined,
    'sec-fetch-dest': undefined,
    'sec-fetch-site': undefined,
  }
  const type = 'Application/X-WWW-Form-Urlencoded ; charset=UTF-8'
  const kept: { [what: string]: Parameters<typeof submit>[3] & { body: string } } = {
    'with nothing in it': { body: '' },
    'from a browser without fetch metadata': { body: 'a=b', headers: withoutMetadata },
    'of 64 KiB': { body: `v=${value}` },
    'in chunks': { body: `v=${value}`, headers: { 'transfer-encoding': 'chunked' } },
    'with a charset': { body: 'a=%DC', headers: { 'content-type': type } },
    'for a path that no cookie could hold': { body: 'a=b', path },
  }
  for (const [what, { body, ...options }] of Object.entries(kept)) {
    await t.test(`is kept ${what}`, async (t) => {
      const client = await world.client()
      const { page } = await comeBack(client, await submit(world, client, body, options))
      const form = formOf(page)
      t.equal(form.action, options.path ?? '/guestbook?page=2')
      t.same(form.fields, [...new URLSearchParams(body.replace('%DC', 'Ü'))])
      t.ok(form.sendsItself)
    })
  }

  await t.test('waits for a click where another site may have sent it', async (t) => {
    const before = posts().length
    const own = ownForm(world)
    const foreign: { [what: string]: Record<string, string | undefined> } = {
      'another site': { ...own, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      'a sibling': { ...own, origin: 'http://west.localhost', 'sec-fetch-site': 'same-site' },
      'another port, by Origin only': { origin: 'http://acme.localhost:1', 'sec-fetch-site': undefined },
      'nobody knows who': { origin: undefined, 'sec-fetch-site': undefined },
      'no page at all': { ...own, 'sec-fetch-site': 'none' },
    }
    for (const [what, headers] of Object.entries(foreign)) {
      const client = await world.client()
      const { page } = await comeBack(client, await submit(world, client, 'amount=1', { headers }))
      t.match(page.text(), /<h1>Send this form\?<\/h1>/, what)
      t.match(formOf(page), { sendsItself: false, fields: [['amount', '1']] })
      t.notMatch(page.text(), /<script|evil\.example/)
      t.notMatch(page.headers['content-security-policy'], 'script-src')
      t.match(page.text(), '<a href="/">Do not send</a>')
    }
    t.equal(posts().length, before)
  })

  await t.test('cannot fill the cookies of a browser', async (t) => {
    const client = await world.client()
    await client.get(world.url('acme', '/mine'))
    // A POST of another site brings no SameSite=Lax cookie.
    const headers = { cookie: '', origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    for (let left = 6; left > 0; left--) {
      t.equal((await submit(world, client, 'a=b', { headers, path: `/${'x'.repeat(2000)}` })).status, 302)
    }
    t.equal(Object.keys(client.cookies('acme.localhost')).length, 2, 'one for all of them')
  })

  await t.test("leads a browser on by a page, since the app's policy judges redirects", async (t) => {
    const client = await world.client()
    const headers = { 'user-agent': 'Mozilla/5.0 (X11)' }
    const page = await submit(world, client, 'a=b', { headers })
    t.equal(page.status, 200)
    t.match(page.headers, { 'cache-control': 'no-store', 'content-security-policy': /default-src 'none'/ })
    const [, provider = ''] = /^0;url=(.*)$/.exec(String(page.headers.refresh)) ?? []
    t.match(provider, `${world.orgs.acme.issuer}/oauth2/v1/authorize?`)
    t.match(page.text(), `<a href="${provider.replaceAll('&', '&amp;')}">Sign in</a>`)
    const callback = (await client.get(provider)).headers.location
    t.ok(formOf(await client.get(String(callback))).sendsItself)
  })

  await t.test('is worth nothing to anybody but its browser', async (t) => {
    const client = await world.client()
    const start = await submit(world, client, 'text=private')
    const transactions = Object.entries(client.cookies('acme.localhost'))
    const callback = String((await client.get(String(start.headers.location))).headers.location)

    const thief = await world.client('acme')
    t.match((await thief.get(callback)).headers, { location: '/' }, 'without the cookie of the sign-in')
    const west = await world.client()
    for (const [name, value] of transactions) west.setCookie('west.localhost', name, value)
    t.equal((await west.get(callback.replace('acme.', 'west.'))).status, 400, 'at another tenant')

    const both = await Promise.all([client.get(callback), client.get(callback)])
    const pages = both.filter((answer) => answer.text().includes('private'))
    t.equal(pages.length, 1, 'two at the same time get it once')
    for (const [name, value] of transactions) client.setCookie('acme.localhost', name, value)
    t.notMatch((await client.get(callback)).text(), 'private', 'nor later, with all that it had')
  })
})

test('what is no form of a navigation, or cannot be kept, gets 401 and starts nothing', async (t) => {
  const world = await startWorld(t, {
    settings: { rules: [{ path: '/api/**', unauthenticated: 401 }] },
    tenants: { west: { keep_forms: false } },
  })
  const client = await world.client()
  const forms: { [what: string]: Record<string, string | undefined> } = {
    'a script': { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    'a frame': { 'sec-fetch-dest': 'iframe' },
    'a client that wants JSON': { 'sec-fetch-mode': undefined, accept: 'application/json' },
    'an upload': { 'content-type': 'multipart/form-data; boundary=x' },
    'plain text': { 'content-type': 'text/plain' },
    'another type that begins alike': { 'content-type': 'application/x-www-form-urlencoded-not' },
    'no type': { 'content-type': undefined },
    'a compressed body': { 'content-encoding': 'gzip' },
  }
  for (const [what, headers] of Object.entries(forms)) {
    const answer = await submit(world, client, 'a=b', { headers })
    t.equal(answer.status, 401, what)
    t.match(answer.json(), { error: 'login_required' })
    t.same(answer.setCookies, [])
  }
  const put = await client.get(world.url('acme'), { method: 'PUT', body: new URLSearchParams('a=b') })
  t.equal(put.status, 401, 'another method')
  for (const body of ['a=%00', 'a=\0']) t.equal((await submit(world, client, body)).status, 401, 'a NUL')
  const west = await client.get(world.url('west'), { method: 'POST', body: new URLSearchParams('a=b') })
  t.equal(west.status, 401, 'a tenant with keep_forms: false')
  t.equal((await submit(world, client, 'a=b', { path: '/api/x' })).status, 401, 'a rule that never redirects')
  t.equal((await submit(world, client, 'a=b', { path: '/a%2fb' })).status, 400)

  const head = 'POST / HTTP/1.1\r\nHost: acme.localhost\r\nAccept: text/html'
  const send = (more: string) =>
    rawRequest(world.port, `${head}\r\nContent-Type: application/x-www-form-urlencoded\r\n${more}`)
  const announced = await send('Content-Length: 65537\r\nConnection: close\r\n\r\n')
  t.match(
    announced,
    /^HTTP\/1\.1 401 [\s\S]*"error":"login_required"/,
    'too large: its body is not waited for',
  )
  const chunks = `4000\r\n${'x'.repeat(0x4000)}\r\n`.repeat(4)
  const grown = await send(`Transfer-Encoding: chunked\r\n\r\n${chunks}1\r\nx\r\n`)
  t.match(
    grown,
    /^HTTP\/1\.1 401 [\s\S]*connection: close/i,
    'too large on the way: nothing is read behind it',
  )
  t.equal(world.proxy.events('login.started').length, 0)
})
