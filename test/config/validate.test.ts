import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { test } from 'tap'
import { placeOf } from '../../src/config/problems.js'
import { readYaml } from '../../src/config/read-yaml.js'
import { configSchema, type WrittenConfig } from '../../src/config/schema.js'
import { tenantSchema } from '../../src/config/tenant-schema.js'
import { createValidate } from '../../src/config/validate.js'

const place = placeOf('/doorward.yaml')
const validateTenant = createValidate(tenantSchema)

const FOUR_LINES = {
  origins: ['https://a.example'],
  issuer: 'https://idp.example',
  client_id: 'x',
  client_secret: 'y',
}

test('a tree is judged key by key as the whole schema judges it', async (t) => {
  const validateConfig = createValidate(configSchema)
  const folder = 'test/config/invalid'
  const trees = readdirSync(folder).flatMap((name) => {
    const read = /^(?!yaml-).*\.yaml$/.test(name) ? readYaml(resolve(folder, name)) : {}
    return 'tree' in read ? [read.tree as Partial<WrittenConfig>] : []
  })
  t.ok(trees.length > 90, 'trees of all kinds')
  const isOther = (tree: Partial<WrittenConfig>) =>
    !isDeepStrictEqual(validateConfig(tree, place).whole, configSchema.safeParse(tree).data)
  t.same(trees.filter(isOther), [])
  const tenants = trees.flatMap((tree): unknown[] => (Array.isArray(tree.tenants) ? tree.tenants : []))
  const isOtherTenant = (tenant: unknown) =>
    !isDeepStrictEqual(validateTenant(tenant, place).whole, tenantSchema.safeParse(tenant).data)
  t.same([FOUR_LINES, ...tenants].filter(isOtherTenant), [])
  t.ok(
    tenants.filter((tenant) => validateTenant(tenant, place).whole !== undefined).length > 50,
    'right ones too',
  )
  for (const tree of [undefined, null, 'text', 1, [], [FOUR_LINES]]) {
    t.equal(validateTenant(tree, place).whole, undefined)
    t.not(validateTenant(tree, place).problems.length, 0)
  }
})

test('what nobody has said is one thing for all tenants, and cannot be changed in any', async (t) => {
  const [one, other] = [validateTenant(FOUR_LINES, place), validateTenant(FOUR_LINES, place)]
  t.not(one.whole, undefined)
  for (const key of ['logout', 'session', 'scopes', 'issuer_aliases', 'authorization_params'] as const) {
    t.equal(one.whole?.[key], other.whole?.[key], key)
    t.ok(Object.isFrozen(one.whole?.[key]), key)
  }
})
