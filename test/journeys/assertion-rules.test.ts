import { decodeJwt } from 'jose'
import { test } from 'tap'
import { Client } from '../fixtures/client.js'
import { startUpstream } from '../fixtures/upstream.js'
import { startWorld } from '../fixtures/world.js'

test('an assertion is for the app that the rule of its request names, and none goes with a public request', async (t) => {
  const reports = await startUpstream()
  t.teardown(() => reports.close())
  const rules = [
    { path: '/reports/**', upstream: reports.url },
    { path: '/healthz', access: 'public' },
    { path: '/assets/**', access: 'optional' },
  ]
  const server = { trusted_proxies: ['127.0.0.1'], forward_auth: true }
  const world = await startWorld(t, { settings: { server, rules, headers: { 'X-Who': '$assertion' } } })
  const client = await world.client('acme')
  const at = async (path: string, by = client) => {
    await by.xhr(world.url('acme', path), { headers: { 'x-who': 'spoofed' } })
    const { url, headers } = [...world.upstream.requests, ...reports.requests].findLast(
      (request) => request.url === path,
    ) ?? { url: undefined, headers: {} as Record<string, string> }
    t.equal(url, path)
    return headers['x-who']
  }
  t.equal(decodeJwt((await at('/echo')) ?? '').aud, world.upstream.url)
  t.equal(decodeJwt((await at('/reports/1')) ?? '').aud, reports.url)
  t.equal(reports.requests.length, 1)
  t.equal(decodeJwt((await at('/assets/a')) ?? '').aud, world.upstream.url)
  t.equal(await at('/healthz'), undefined)
  t.equal(await at('/assets/b', new Client()), undefined)

  const asked = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/reports/2' }
  const answer = await client.xhr(world.url('acme', '/oauth2/auth'), { headers: asked })
  t.equal(answer.status, 202)
  t.equal(decodeJwt(String(answer.headers['x-who'])).aud, reports.url, 'the proxy in front sends it there')
})

test('a script of the app does not learn an assertion by asking auth', async (t) => {
  const world = await startWorld(t, { settings: { headers: { 'X-Who': '$assertion', 'X-User': 'sub' } } })
  const answer = await (await world.client('acme')).xhr(world.url('acme', '/oauth2/auth'))
  t.match(answer, { status: 202, headers: { 'x-user': /^00u/ } })
  t.equal(answer.headers['x-who'], undefined)
})
