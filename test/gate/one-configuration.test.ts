import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import { test } from 'tap'
import { openConfig } from '../../src/config/config-source.js'
import { findRule } from '../../src/gate/find-rule.js'
import { resolveTenant } from '../../src/gate/resolve-tenant.js'
import { createUpstreamHeaders } from '../../src/gate/upstream-headers.js'
import { createLogger } from '../../src/ops/logging.js'
import { requestState } from '../../src/ops/request-state.js'
import { createServices } from '../../src/services.js'

const settings = (own: string) => ({
  upstream: 'http://127.0.0.1:3000',
  rules: [{ path: '/**', access: 'public' }],
  headers: { [own]: 'sub' },
  tenants: [
    {
      origins: ['https://acme.example.com'],
      issuer: 'https://acme.okta.com',
      client_id: '0oa',
      client_secret: 's3cret',
    },
  ],
})

test("a header that was configured when a request began is not the client's, whatever is configured when it is sent", async (t) => {
  const file = join(t.testdir({ 'doorward.yaml': JSON.stringify(settings('X-Former')) }), 'doorward.yaml')
  const source = openConfig(file, {})
  const services = await createServices(source.config, {
    log: createLogger({ write: () => undefined }),
    now: Date.now,
  })
  t.teardown(() => services.store.close())
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(requestState)
  const resolve = resolveTenant(services)
  const find = findRule(services)
  app.get('/', async (request) => {
    resolve(request)
    find(request)
    writeFileSync(file, JSON.stringify(settings('X-Latter')))
    await services.apply(await source.read({ isPatient: false }))
    return createUpstreamHeaders(services)(request)
  })
  const spoofed = { host: 'acme.example.com', 'x-former': 'alice', 'x-latter': 'alice' }
  const during = await app.inject({ url: '/', headers: spoofed })
  t.notMatch(during.body, /x-former/i)
  const after = await app.inject({ url: '/', headers: spoofed })
  t.notMatch(after.body, /x-latter/i)
  t.match(after.body, /x-former/i, 'of which nothing is said any more')
})
