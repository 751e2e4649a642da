import { test } from 'tap'
import { ALICE, startWorld, type World } from '../fixtures/world.js'

const logoutHeaders = { 'sec-fetch-site': 'same-origin' }
/** An org whose ID tokens are too long for a URL. */
const TALKATIVE = { fatIdTokens: true, users: [{ ...ALICE, biography: 'x'.repeat(2000) }] }

const hiddenFields = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  )

async function startSignOut(world: World, path = '/oauth2/logout?rd=/bye') {
  const client = await world.client('acme')
  return { client, answer: await client.get(world.url('acme', path), { headers: logoutHeaders }) }
}

test('an ID token that is too long for a URL is posted by a page', async (t) => {
  const world = await startWorld(t, { okta: TALKATIVE })
  const { acme } = world.orgs
  const { client, answer } = await startSignOut(world)
  t.equal(answer.status, 200)
  const html = answer.text()
  t.match(html, `<form method="post" action="${acme.issuer}/oauth2/v1/logout">`)
  t.match(html, '<button>Continue</button>')
  const fields = hiddenFields(html)
  t.match(fields, {
    client_id: '0oa-acme-0',
    post_logout_redirect_uri: world.url('acme', '/oauth2/logout/callback'),
    id_token_hint: /^[\w-]+\.[\w-]{2000,}\.[\w-]+$/,
    state: /^[\w-]{43,}$/,
  })
  const policy = String(answer.headers['content-security-policy'])
  t.match(answer.headers, { 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
  t.match(policy, `form-action 'self' https: ${acme.issuer};`)
  t.match(policy, /default-src 'none'.*script-src 'sha256-[\w+/=]+';/)
  t.notMatch(policy, 'unsafe')
  t.equal((await client.xhr(world.url('acme'))).status, 401)

  const posted = await client.get(`${acme.issuer}/oauth2/v1/logout`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  })
  t.equal(posted.status, 302)
  const end = await client.get(String(posted.headers.location))
  t.equal(end.headers.location, '/bye')
  t.same(client.cookies('acme.localhost'), {})
})

test('a refresh token that could not be revoked is revoked a moment later', async (t) => {
  const world = await startWorld(t)
  const { acme } = world.orgs
  acme.behave('revoke', { status: 503, times: 1 })
  const { answer } = await startSignOut(world)
  t.equal(answer.status, 303, 'the person does not wait for it')
  await acme.calledTimes('revoke', 2)
  const [first, second] = acme.requests('revoke')
  t.equal(first?.body.token, second?.body.token)
  t.notOk(world.proxy.log.some(({ msg }) => msg === 'tokens were not revoked'))
})

test('a refresh token that waits to be revoked is revoked when Doorward stops', async (t) => {
  const world = await startWorld(t)
  const { acme } = world.orgs
  acme.behave('revoke', { status: 503, times: 1 })
  const { answer } = await startSignOut(world)
  t.equal(answer.status, 303)
  await acme.calledTimes('revoke', 1)
  await world.proxy.stop()
  t.equal(acme.calls.revoke, 2)
  const token = acme.requests('revoke')[1]?.body.token ?? ''
  const refused = await fetch(`${acme.issuer}/oauth2/v1/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('0oa-acme-0:acme-0_secret')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
  })
  t.match(await refused.json(), { error: 'invalid_grant' })
})

test('a provider that does not answer at all holds no stop up for longer than it may take', async (t) => {
  const world = await startWorld(t)
  world.orgs.acme.behave('revoke', { hang: true })
  await startSignOut(world)
  await world.orgs.acme.calledTimes('revoke', 1)
  await world.proxy.stop()
  t.equal(world.orgs.acme.calls.revoke, 1)
  t.match(world.proxy.log.at(-1), { msg: 'stopped' })
})
