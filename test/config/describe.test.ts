import { test } from 'tap'
import type { z } from 'zod'
import { jsonSchema, optionTable } from '../../src/config/describe.js'
import { configSchema } from '../../src/config/schema.js'
import { tenantSchema } from '../../src/config/tenant-schema.js'

/** Every key of the configuration. */
const KEYS = `
server.listen server.trusted_proxies server.forward_auth server.path_prefix server.workers server.shutdown.drain_delay server.shutdown.timeout
server.limits.header_size server.limits.header_timeout server.limits.body_size server.limits.body_timeout
server.limits.connections_per_tenant
admin.listen admin.token
session.store session.store.url session.store.password session.store.sentinel_password session.keys session.cache session.idle_timeout session.max_lifetime session.stale_limit
upstream upstream.url upstream.host upstream.connect_timeout upstream.response_timeout upstream.idle_timeout upstream.tls
upstream.tls.ca upstream.tls.cert upstream.tls.key upstream.tls.server_name
headers assertion_signing_alg keep_forms tenants_dir
rules rules[].path rules[].methods rules[].access rules[].unauthenticated rules[].require rules[].acr_values
rules[].max_age rules[].upstream
tenants[].id tenants[].origins tenants[].issuer tenants[].issuer_aliases tenants[].client_id tenants[].client_secret
tenants[].client_key tenants[].token_endpoint_auth_method tenants[].scopes tenants[].refresh_tokens
tenants[].authorization_params tenants[].response_mode tenants[].userinfo tenants[].idp_initiated_login
tenants[].logout.rp_initiated tenants[].logout.revoke tenants[].logout.redirect
tenants[].upstream tenants[].headers tenants[].assertion_signing_alg tenants[].rules tenants[].session.idle_timeout tenants[].session.max_lifetime
tenants[].session.stale_limit tenants[].keep_forms tenants[].allow_insecure_http
`

test('the option table has a described row for every key and no other', async (t) => {
  const [head, rule, ...rows] = optionTable().trimEnd().split('\n')
  t.equal(head, '| key | type | default | meaning |')
  t.equal(rule, '| --- | --- | --- | --- |')
  const cells = rows.map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  t.same(cells.map(([, key]) => key?.replaceAll('`', '')).sort(), KEYS.trim().split(/\s+/).sort())
  for (const [, key, type, , meaning, ...rest] of cells) {
    t.ok(key && type && meaning && rest.length === 1, `${key} has a type, a meaning and no stray column`)
  }
})

test('the table shows defaults and what is required', async (t) => {
  const table = optionTable()
  for (const row of [
    /\| `server\.listen` \| [^|]+ \| `0\.0\.0\.0:8080` \|/,
    /\| `session\.idle_timeout` \| duration \| `1h` \|/,
    /\| `tenants\[\]\.issuer` \| URL \| required \|/,
  ]) {
    t.match(table, row)
  }
})

test('the JSON Schema knows the keys of every mapping and refuses others', async (t) => {
  const schema = JSON.parse(JSON.stringify(jsonSchema()))
  t.match(schema, { $schema: /draft-07/, type: 'object', additionalProperties: false })
  const keysOf = (zod: z.ZodObject) => Object.keys(zod.shape)
  t.same(Object.keys(schema.properties), keysOf(configSchema))
  const [tenants] = schema.properties.tenants.anyOf
  t.same(Object.keys(tenants.items.properties), keysOf(tenantSchema))
  t.same(tenants.items.required, ['origins', 'issuer', 'client_id'])
  t.equal(tenants.items.additionalProperties, false)
  t.notOk(schema.required, 'an empty main file is well-formed')
})
