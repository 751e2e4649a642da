import { test } from 'tap'
import { signIn, startWorld } from '../fixtures/world.js'

const logoutHeaders = { 'sec-fetch-site': 'same-origin' }

test('a sign-out ends the session here and at the provider, and comes back to the app', async (t) => {
  const world = await startWorld(t)
  const { acme } = world.orgs
  const client = await world.client('acme')
  const { doorward = '' } = client.cookies('acme.localhost')

  const response = await client.get(world.url('acme', '/oauth2/logout?rd=/bye%3Fx=1'), {
    headers: logoutHeaders,
  })
  t.equal(response.status, 303)
  const location = new URL(String(response.headers.location))
  t.equal(location.origin, acme.issuer)
  t.equal(location.searchParams.get('post_logout_redirect_uri'), world.url('acme', '/oauth2/logout/callback'))
  t.match(location.searchParams.get('id_token_hint'), /^[\w-]+\.[\w-]+\.[\w-]+$/)
  t.notOk(client.cookies('acme.localhost').doorward, 'the cookie is gone')

  const thief = await world.client()
  thief.setCookie('acme.localhost', 'doorward', doorward)
  t.equal((await thief.xhr(world.url('acme'))).status, 401, 'and a copy of it opens nothing')

  const back = await client.get(location)
  t.match(back.headers.location, world.url('acme', '/oauth2/logout/callback?state='))
  const end = await client.get(String(back.headers.location))
  t.equal(end.status, 302)
  t.equal(end.headers.location, '/bye?x=1')
  t.same(client.cookies('acme.localhost'), {})
  await acme.calledTimes('revoke', 1)
  t.match(world.proxy.events('logout'), [{ tenant: 'acme', session: /^[0-9a-f]{32}$/ }])
})

test('the refresh token is dead at the provider after a sign-out', async (t) => {
  const world = await startWorld(t)
  const { acme } = world.orgs
  const client = await world.client('acme')
  await client.get(world.url('acme', '/oauth2/logout'), { headers: logoutHeaders })
  await acme.calledTimes('revoke', 1)
  const token = acme.requests('revoke')[0]?.body.token ?? ''
  const answer = await fetch(`${acme.issuer}/oauth2/v1/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('0oa-acme-0:acme-0_secret')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
  })
  t.match(await answer.json(), { error: 'invalid_grant' })
})

test('a sign-out at one tenant leaves the others alone', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  await signIn(client, world.url('west'))
  await client.get(world.url('acme', '/oauth2/logout'), { headers: logoutHeaders })
  t.equal((await client.xhr(world.url('acme'))).status, 401)
  t.equal((await client.xhr(world.url('west'))).status, 200)
})

test('a sign-out that another site triggered shows a confirmation page instead', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  for (const site of ['cross-site', 'same-site']) {
    const response = await client.get(world.url('acme', '/oauth2/logout?rd=/x'), {
      headers: { 'sec-fetch-site': site },
    })
    t.equal(response.status, 200)
    t.match(response.text(), 'href="/oauth2/logout"')
    t.match(response.headers['content-security-policy'], "frame-ancestors 'none'")
    t.equal((await client.xhr(world.url('acme'))).status, 200, 'still signed in')
  }
  for (const site of ['none', 'same-origin', undefined]) {
    const browser = await world.client('acme')
    const response = await browser.get(world.url('acme', '/oauth2/logout'), {
      headers: { 'sec-fetch-site': site },
    })
    t.equal(response.status, 303, String(site))
  }
})

test('a sign-out may be posted', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const response = await client.get(world.url('acme', '/oauth2/logout'), {
    method: 'POST',
    headers: logoutHeaders,
  })
  t.equal(response.status, 303)
  t.equal((await client.xhr(world.url('acme'))).status, 401)
})

test('a return address elsewhere is refused, and the session stays', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  for (const rd of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    for (const endpoint of ['logout', 'login']) {
      const url = world.url('acme', `/oauth2/${endpoint}?rd=${encodeURIComponent(rd)}`)
      const response = await client.get(url, { headers: logoutHeaders })
      t.equal(response.status, 400, `${endpoint} ${rd}`)
      t.notMatch(response.text(), 'evil.example')
    }
  }
  t.equal((await client.xhr(world.url('acme'))).status, 200)
})

test('whoever has no session is sent on', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  const response = await client.get(world.url('acme', '/oauth2/logout?rd=/bye'), { headers: logoutHeaders })
  t.equal(response.status, 303)
  t.equal(response.headers.location, '/bye')
})

test('a return from the provider that this browser did not ask for shows where the person stands', async (t) => {
  const world = await startWorld(t)
  const client = await world.client()
  for (const query of ['', '?state=made-up', '?state=']) {
    const response = await client.get(world.url('acme', `/oauth2/logout/callback${query}`))
    t.equal(response.status, 200)
    t.match(response.text(), 'You are signed out')
  }
})

test('whoever is signed in and opens the logout callback is sent to the app', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const response = await client.get(world.url('acme', '/oauth2/logout/callback'))
  t.equal(response.status, 302)
  t.equal(response.headers.location, '/')
})

test("a provider that is down holds up nobody's sign-out", async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  await world.restart()
  const again = await world.client('acme')
  await world.orgs.acme.stop()
  const response = await again.get(world.url('acme', '/oauth2/logout'), { headers: logoutHeaders })
  t.equal(response.status, 303)
  t.equal((await again.xhr(world.url('acme'))).status, 401)
  t.equal((await client.xhr(world.url('acme'))).status, 401, 'memory: ends with the process')
})

test('what a tenant wants of its sign-out is done', async (t) => {
  const logout = { rp_initiated: false, revoke: false, redirect: '/goodbye' }
  const world = await startWorld(t, { tenant: { logout } })
  const client = await world.client('acme')
  const response = await client.get(world.url('acme', '/oauth2/logout'), { headers: logoutHeaders })
  t.equal(response.headers.location, '/goodbye')
  t.equal(world.orgs.acme.calls.revoke, 0)
})

test('the tile starts a fresh sign-in; a foreign issuer or target does not', async (t) => {
  const world = await startWorld(t)
  const client = await world.client('acme')
  const { issuer } = world.orgs.acme
  const initiate = (query: string, method = 'GET') =>
    client.get(world.url('acme', `/oauth2/initiate${query}`), { method })
  for (const query of [
    '',
    `?iss=${issuer}`,
    `?iss=${issuer}/`,
    `?iss=${issuer}&login_hint=alice&target_link_uri=${world.url('acme', '/deep')}`,
  ]) {
    t.match((await initiate(query)).headers.location, `${issuer}/oauth2/v1/authorize`, query)
  }
  for (const query of [
    '?iss=https://evil.example',
    `?iss=${world.orgs.globex.issuer}`,
    `?iss=${issuer}&target_link_uri=https://evil.example/`,
  ]) {
    t.equal((await initiate(query)).status, 400, query)
  }
  const form = { method: 'POST', body: new URLSearchParams({ iss: issuer, login_hint: 'alice' }) }
  const posted = await client.get(world.url('acme', '/oauth2/initiate'), form)
  t.match(posted.headers.location, 'login_hint=alice')

  const off = await startWorld(t, { tenant: { idp_initiated_login: 'off' } })
  t.equal((await (await off.client()).get(off.url('acme', '/oauth2/initiate'))).status, 404)
})
