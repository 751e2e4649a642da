import { type Test, test } from 'tap'
import { type Okta, type OktaClient, startOkta } from '../fixtures/okta.js'
import { type Doorward, runDoorward } from '../fixtures/process.js'
import { writeConfig } from '../fixtures/proxy.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { json, startTinyProvider } from '../oidc/tiny-provider.js'

const SECRET = 's3cret-of_acme'
const WRONG = 'wr0ng-s3cret'

const clientOf = (id: string, said: Partial<OktaClient> = {}): OktaClient => ({
  client_id: `0oa-${id}`,
  client_secret: SECRET,
  redirect_uris: [`http://${id}.localhost:1/oauth2/callback`],
  post_logout_redirect_uris: [`http://${id}.localhost:1/oauth2/logout/callback`],
  ...said,
})

const tenantOf = (id: string, issuer: string, said: object = {}) => ({
  ...{ id, origins: [`http://${id}.localhost:1`], issuer },
  ...{ client_id: `0oa-${id}`, client_secret: SECRET, ...said },
})

async function startOrg(t: Test, clients: OktaClient[]): Promise<Okta> {
  const org = await startOkta({ name: 'acme', users: [], clients })
  t.teardown(() => org.stop())
  return org
}

const check = (t: Test, tenants: object[]): Doorward => {
  const file = writeConfig(t, { upstream: 'http://127.0.0.1:3', tenants })
  return runDoorward(t, ['check', '--config', file])
}

test('tenants in which nothing is wrong are fine, and exit 0', async (t) => {
  const org = await startOrg(t, [
    clientOf('acme'),
    clientOf('post', { token_endpoint_auth_method: 'client_secret_post' }),
    clientOf('network', { grant_types: ['authorization_code'] }),
  ])
  const doorward = check(t, [
    tenantOf('acme', org.issuer),
    tenantOf('post', org.issuer, { token_endpoint_auth_method: 'client_secret_post' }),
    tenantOf('network', org.issuer, { refresh_tokens: false }),
  ])
  t.equal(await doorward.exit, 0, doorward.stdout)
  t.equal(doorward.stderr, '')
  for (const id of ['acme', 'post', 'network']) t.match(doorward.stdout, new RegExp(`^${id} .* fine$`, 'm'))
  t.match(doorward.stdout, /^3 tenants, none with errors\.$/m)
  t.notMatch(doorward.stdout, '\x1b', 'no colours where there is no terminal')
  t.notMatch(doorward.stdout, SECRET)
})

test('what is wrong with each tenant is said, with no secret, and exit 1', async (t) => {
  const org = await startOrg(t, [
    clientOf('acme'),
    clientOf('wrong'),
    clientOf('network', { grant_types: ['authorization_code'] }),
  ])
  const gone = `http://localhost:${await reservePort()}`
  const doorward = check(t, [
    tenantOf('acme', org.issuer),
    tenantOf('wrong', org.issuer, { client_secret: WRONG }),
    tenantOf('both', org.issuer, { client_id: '0oa-acme', client_secret: [WRONG, SECRET] }),
    tenantOf('network', org.issuer),
    tenantOf('gone', gone),
  ])
  t.equal(await doorward.exit, 1)
  const sections = doorward.stdout.split('\n\n')
  const section = (id: string) => sections.find((text) => text.startsWith(`${id}\n`)) ?? ''
  t.match(section('wrong'), /^ {2}error {4}client: .*invalid_client.*copy client_id and client_secret/m)
  t.match(section('both'), /^ {2}warning {2}client: .*client_secret\[0\]/m)
  t.match(
    section('network'),
    /^ {2}warning {2}refresh: .*not allowed for this client.*set refresh_tokens: false/m,
  )
  t.match(section('gone'), /^ {2}error {4}issuer: .*ECONNREFUSED/m)
  t.match(doorward.stdout, /^acme .* fine$/m)
  t.match(sections.at(-1), /^5 tenants, 2 with errors\.$/m)
  for (const secret of [SECRET, WRONG]) t.notMatch(doorward.stdout + doorward.stderr, secret)
})

test('a configuration that is wrong asks nobody, and is exit 2', async (t) => {
  const { issuer, requests } = await startTinyProvider(t)
  const doorward = check(t, [
    tenantOf('acme', issuer),
    tenantOf('beta', 'https://beta-admin.okta.com', { client_secret: SECRET }),
  ])
  t.equal(await doorward.exit, 2)
  t.equal(doorward.stderr, "tenants[1].issuer: is Okta's admin console; the issuer's host is beta.okta.com\n")
  t.equal(doorward.stdout, '')
  t.same(requests, [])
})

test('of 150 tenants eight are asked at once, and they keep their order', async (t) => {
  const { issuer, answers } = await startTinyProvider(t)
  let asked = 0
  let most = 0
  let waiting: (() => void)[] = []
  const path = '/.well-known/openid-configuration'
  const metadata = { authorization_endpoint: `${issuer}/a`, token_endpoint: `${issuer}/token` }
  answers.set('/token', json(400, { error: 'invalid_grant' }))
  const body = { issuer, ...metadata, jwks_uri: `${issuer}/keys`, scopes_supported: ['openid'] }
  const answer = json(200, { ...body, id_token_signing_alg_values_supported: ['ES256'] })
  answers.set(path, (response, request) => {
    asked += 1
    waiting.push(() => answer(response, request))
    most = Math.max(most, waiting.length)
    // The first eight wait for each other, and for a ninth that must not come; the last ones for nobody.
    if (waiting.length < 8 && asked <= 8) return
    setTimeout(
      () => {
        for (const go of waiting) go()
        waiting = []
      },
      asked <= 8 ? 100 : 0,
    )
  })
  const ids = Array.from({ length: 150 }, (_, index) => `t${index}`)
  const doorward = check(
    t,
    ids.map((id) => tenantOf(id, issuer)),
  )
  t.equal(await doorward.exit, 0, doorward.stderr)
  t.equal(most, 8, 'asked at once')
  const table = doorward.stdout.split('\n\n')[0]?.split('\n').slice(1) ?? []
  t.same(
    table.map((line) => line.replace(/ .*/, '')),
    ids,
  )
})
