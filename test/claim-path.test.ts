import { test } from 'tap'
import { claimAt } from '../src/claim-path.js'

const claims = {
  sub: 'alice',
  address: { country: 'CH', geo: { lat: 0 }, none: null },
  'https://acme.example/role': 'owner',
  'address.city': 'Bern',
  nested: { 'a.b': 'not reachable by dots' },
  groups: ['a', 'b'],
  flag: false,
  empty: '',
}

const table: [path: string, value: unknown][] = [
  ['sub', 'alice'],
  ['address.country', 'CH'],
  ['address.geo', { lat: 0 }],
  ['address.geo.lat', 0],
  ['address.none', null],
  ['https://acme.example/role', 'owner'],
  ['address.city', 'Bern'],
  ['flag', false],
  ['empty', ''],
  ['groups', ['a', 'b']],
  ['missing', undefined],
  ['', undefined],
  ['.', undefined],
  ['sub.', undefined],
  ['.sub', undefined],
  ['sub.length', undefined],
  ['address.none.deeper', undefined],
  ['address..country', undefined],
  ['groups.0', undefined],
  ['groups.length', undefined],
  ['nested.a.b', undefined],
  ['constructor', undefined],
  ['constructor.name', undefined],
  ['__proto__', undefined],
  ['__proto__.toString', undefined],
  ['address.__proto__', undefined],
  ['address.hasOwnProperty', undefined],
  ['toString', undefined],
]

test('a claim path leads to what the claims themselves hold, and nowhere else', async (t) => {
  for (const [path, value] of table) t.same(claimAt(claims, path), value, JSON.stringify(path))
})

test('claims that are named like parts of objects are claims', async (t) => {
  const hostile = JSON.parse('{"__proto__":{"role":"x"},"hasOwnProperty":1,"constructor":{"name":"y"}}')
  t.equal(claimAt(hostile, '__proto__.role'), 'x')
  t.equal(claimAt(hostile, 'hasOwnProperty'), 1)
  t.equal(claimAt(hostile, 'constructor.name'), 'y')
  t.equal(claimAt(hostile, 'role'), undefined)
})
