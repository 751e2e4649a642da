import type { JWK } from 'jose'
import { test } from 'tap'
import { describeKeyChange } from '../../src/oidc/key-change.js'
import { startKeys } from './key-set-fixture.js'
import { json } from './tiny-provider.js'

const key = (kid: string | undefined, x = 'x'): JWK => ({
  kty: 'EC',
  crv: 'P-256',
  x,
  y: 'y',
  ...(kid && { kid }),
})

test('a change of keys is told by the names that are new and gone, and no change is not told', async (t) => {
  const table: [before: JWK[] | undefined, after: JWK[], told: string | undefined][] = [
    [undefined, [key('a'), key('b')], '2 keys: a, b'],
    [undefined, [], '0 keys: none'],
    [[key('a'), key('b')], [key('b'), key('a')], undefined],
    [[key('a')], [{ ...key('a'), use: 'sig', alg: 'ES256' }], undefined],
    [[key('a')], [key('a'), key('b')], '2 keys; new: b'],
    [[key('a'), key('b')], [key('b')], '1 key; gone: a'],
    [[key('a')], [key('b')], '1 key; new: b; gone: a'],
    [[key('a', 'x1')], [key('a', 'x2')], '1 key; new: a; gone: a'],
    [[key('a')], [key('a'), key(undefined)], '2 keys; new: without a kid'],
    [[key('a')], [], '0 keys; gone: a'],
  ]
  for (const [before, after, told] of table) {
    t.equal(describeKeyChange(before && { keys: before }, { keys: after }), told)
  }
})

test('what a provider calls its keys does not fill the log', async (t) => {
  const many = Array.from({ length: 1000 }, (_, index) => key(`${index}-${'k'.repeat(1000)}`))
  const told = describeKeyChange(undefined, { keys: many }) ?? ''
  t.match(told, /^1000 keys: 0-k{62}, 1-k{62}, .*, …$/)
  t.ok(told.length < 800)
  const odd = { ...key('a'), kid: { toString: 'x' } } as unknown as JWK
  t.equal(describeKeyChange(undefined, { keys: [odd] }), '1 key: without a kid')
  t.notMatch(describeKeyChange(undefined, { keys: [{ kty: 'oct', kid: 'o', k: 'S3CRET' }] }), 'S3CRET')
})

test('the keys that a provider has added and dropped are told once, and no call that brings nothing new', async (t) => {
  const keys = await startKeys(t, { published: { a: 'ES256', b: 'ES256' } })
  const { verify, sign, pass, publish, answers, told } = keys
  await publish(['a'])
  await verify(await sign('a'))
  t.same(told(), ['1 key: a'])
  pass(300_000)
  await verify(await sign('a'))
  await publish(['a', 'b'])
  pass(60_000)
  await verify(await sign('b'))
  t.same(told(), ['2 keys; new: b'])
  answers.set('/keys', json(503, {}))
  pass(300_000)
  await verify(await sign('b'))
  t.same(told(), [])
  await publish(['b'])
  pass(300_000)
  await verify(await sign('b'))
  t.same(told(), ['1 key; gone: a'])
})
