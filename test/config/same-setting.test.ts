import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { sameSetting } from '../../src/config/same-setting.js'
import { Secret } from '../../src/config/secret.js'

test('settings are the same when they say the same, in the same order', async (t) => {
  const same: [unknown, unknown][] = [
    [undefined, undefined],
    [Number.NaN, Number.NaN],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      { url: 'http://a', tls: undefined },
      { url: 'http://a', tls: undefined },
    ],
    [Secret.of('one'), Secret.of('one')],
    [[{ key: Secret.of('one') }], [{ key: Secret.of('one') }]],
  ]
  const other: [unknown, unknown][] = [
    [undefined, null],
    [0, '0'],
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    [['a'], ['a', 'b']],
    [[], {}],
    [
      { 'X-A': 'sub', 'X-B': 'email' },
      { 'X-B': 'email', 'X-A': 'sub' },
    ],
    [{ a: 1 }, { b: 1 }],
    [{ a: undefined }, {}],
    [Secret.of('one'), Secret.of('other')],
    [Secret.of('one'), {}],
    // Nothing of them shows from outside.
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [/a/, /b/],
  ]
  for (const [one, two] of same) t.ok(sameSetting(one, two), JSON.stringify([one, two]))
  for (const [one, two] of other) {
    t.notOk(sameSetting(one, two), JSON.stringify([one, two]))
    t.notOk(sameSetting(two, one), JSON.stringify([two, one]))
  }
})

test('a secret of a file is that file, also when it has changed since', async (t) => {
  const directory = t.testdir({ one: 'value', other: 'value' })
  const [one, other] = [Secret.fromFile(join(directory, 'one')), Secret.fromFile(join(directory, 'other'))]
  t.notOk(sameSetting(one, other))
  t.notOk(sameSetting(one, Secret.of('value')))
  writeFileSync(join(directory, 'one'), 'another value')
  t.ok(sameSetting(one, Secret.fromFile(join(directory, 'one'))))
})
