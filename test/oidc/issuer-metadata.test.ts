import { test } from 'tap'
import { createDiscovery } from '../../src/oidc/issuer-metadata.js'
import { tenantConfig } from '../tenant/tenant-config.js'
import { type Answer, json, startTinyProvider } from './tiny-provider.js'

const DISCOVERY = '/.well-known/openid-configuration'
const FOR_CLIENT = `${DISCOVERY}?client_id=0oa1%262`

async function start(t: Parameters<typeof startTinyProvider>[0]) {
  const { issuer, answers, requests } = await startTinyProvider(t)
  const tenant = tenantConfig({
    issuer,
    issuer_aliases: [`${issuer}/mine`],
    client_id: '0oa1&2',
  })
  answers.set(DISCOVERY, json(200, { issuer, jwks_uri: `${issuer}/keys` }))
  const lines = () => requests.splice(0).map(({ line }) => line)
  return { issuer, answers, lines, discover: createDiscovery(tenant, 1) }
}

test('the metadata are those that the provider has for this very client', async (t) => {
  const { issuer, answers, lines, discover } = await start(t)
  const own = { issuer: `${issuer}/mine`, jwks_uri: `${issuer}/keys?client_id=0oa1%262&x=%41` }
  answers.set(FOR_CLIENT, json(200, own))
  t.match(await discover(), own)
  t.same(lines(), [`GET ${FOR_CLIENT}`])
})

test('an issuer with a path, or with a slash at its end, has its document below it', async (t) => {
  for (const path of ['/oauth2/default', '/realms/a/', '/']) {
    const { issuer, answers, requests } = await startTinyProvider(t)
    const tenant = tenantConfig({ issuer: issuer + path, client_id: '0oa1&2' })
    const below = path.replace(/\/$/, '')
    answers.set(below + DISCOVERY, json(200, { issuer: issuer + path }))
    t.match(await createDiscovery(tenant, 1)(), { issuer: issuer + path })
    t.same(
      requests.map(({ line }) => line),
      [`GET ${below}${FOR_CLIENT}`],
    )
  }
})

test('who refuses to be asked for a client is asked without one', async (t) => {
  for (const refusal of [
    json(400, { errorCode: 'invalid_client' }),
    json(403, {}),
    json(404, {}),
    json(302, {}),
  ]) {
    const { answers, issuer, lines, discover } = await start(t)
    answers.set(FOR_CLIENT, refusal)
    t.match(await discover(), { issuer })
    t.match(await discover(), { issuer })
    const both = [`GET ${FOR_CLIENT}`, `GET ${DISCOVERY}`]
    t.same(lines(), [...both, ...both])
  }
})

// One passing 403 lost the keys of a client that are its own.
test('who has known the client is not asked as if there were none', async (t) => {
  const { answers, issuer, lines, discover } = await start(t)
  t.match(await discover(), { issuer })
  answers.set(FOR_CLIENT, json(403, {}))
  lines()
  await t.rejects(discover(), { code: 'provider_unavailable' })
  t.same(lines(), [`GET ${FOR_CLIENT}`])
})

test('a provider that is not well is not asked twice, nor judged by that', async (t) => {
  const { answers, lines, discover } = await start(t)
  const drop: Answer = (response) => response.destroy()
  for (const trouble of [json(429, {}), json(503, {}), json(200, {}), drop]) {
    answers.set(FOR_CLIENT, trouble)
    await t.rejects(discover(), { code: 'provider_unavailable', reason: /^discovery of http.* failed: / })
    t.same(lines(), [`GET ${FOR_CLIENT}`])
  }
  answers.set(FOR_CLIENT, json(404, {}))
  answers.set(DISCOVERY, json(503, {}))
  await t.rejects(discover(), { code: 'provider_unavailable' })
})
