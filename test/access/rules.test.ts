import { type Test, test } from 'tap'
import { judge } from '../../src/access/judge.js'
import { compileRules } from '../../src/access/rules.js'
import { readRules } from '../fixtures/rules.js'

const compile = (written: object[]) => compileRules(readRules(written))

const MOMENT = 1_700_000_000_000

const wire = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

// Pattern, paths that it matches, paths that it does not.
const patterns: [pattern: string, matched: string[], others: string[]][] = [
  ['/', ['/'], ['/a', '/a/']],
  ['/a', ['/a'], ['/', '/ab', '/a/b', '/b/a']],
  ['/a/*', ['/a/b', '/a/b.css', '/a/*'], ['/a', '/a/b/c', '/b/a/c']],
  ['/a/*/c', ['/a/b/c', '/a/%20/c'], ['/a/c', '/a/b/b/c']],
  ['/a/**', ['/a', '/a/', '/a/b', '/a/b/c/', '/a//b'], ['/', '/ab', '/b/a']],
  ['/**', ['/', '/a', '/a/b/'], []],
  ['/**/x', ['/x', '/a/x', '/a/b/x'], ['/x/a', '/ax']],
  ['/a/**/b/**/c', ['/a/b/c', '/a/x/b/y/z/c', '/a/b/b/c/c'], ['/a/c', '/a/b', '/a/c/b']],
  ['/ü/*', [wire('/ü/a'), '/%C3%BC/a', '/%c3%bc/a'], ['/u/a', '/%FC/a']],
  ['/a%20b', ['/a%20b'], ['/a+b', '/a%2520b']],
  ['/%2A', ['/*'], ['/a']],
  ['/a(b)', ['/a(b)'], ['/a']],
]

for (const [pattern, matched, others] of patterns) {
  test(`the pattern ${pattern} matches what it says and nothing else`, async (t) => {
    const rules = compile([{ path: pattern, access: 'public' }])
    for (const path of matched) t.equal(rules.find('GET', path).access, 'public', path)
    for (const path of others) t.equal(rules.find('GET', path).access, 'required', path)
  })
}

test('the first rule that matches path and method decides', async (t) => {
  const rules = compile([
    { path: '/a/public', access: 'public' },
    { path: '/a/**', methods: ['GET', 'PUT'], access: 'optional' },
    { path: '/a/**', unauthenticated: 401 },
    { path: '/**', access: 'public' },
  ])
  const found = (method: string, path: string) => {
    const { access, unauthenticated } = rules.find(method, path)
    return `${access} ${unauthenticated}`
  }
  t.equal(found('DELETE', '/a/public'), 'public auto')
  t.equal(found('GET', '/a/b'), 'optional auto')
  t.equal(found('HEAD', '/a/b'), 'optional auto', 'HEAD asks for what GET would give')
  t.equal(found('PUT', '/a/b'), 'optional auto')
  t.equal(found('POST', '/a/b'), 'required 401')
  t.equal(found('get', '/a/b'), 'required 401', 'methods are told apart by case')
  t.equal(found('GET', '/b'), 'public auto')
})

test('without a rule that matches, a session is required, and no more', async (t) => {
  const access = {
    access: 'required',
    unauthenticated: 'auto',
    require: [],
    stepUp: undefined,
    upstream: undefined,
  }
  t.same(compile([]).find('GET', '/'), access)
  t.same(compile([{ path: '/a', access: 'public' }]).find('GET', '/b'), access)
})

test('a path that servers may understand as a protected one has to satisfy its rule as well', async (t) => {
  const rules = compile([
    { path: '/Admin/**', require: { groups: 'admins' } },
    { path: '/api/keys', unauthenticated: 401 },
    { path: '/api/slash/', unauthenticated: 401 },
    { path: '/a/*/b', require: { groups: 'b' } },
    { path: '/m;n', require: { groups: 'm' } },
    { path: '/**', access: 'public' },
  ])
  t.equal(rules.find('GET', '/m%3bn;x').require[0]?.rule, 'rules[4]', 'parameters dropped before decoding')
  const evasions = [
    '/Admin/x',
    '/admin/x',
    '/ADMIN/x',
    '/%41dmin/x',
    '/%61DMIN',
    '/Admin;v=1/x',
    '/%41dmin;/x',
    '/Adm\u00c4\u00b1n/x',
    '/%41dm%C4%B1n/x',
    '/Admin%3fx',
    '/Admin%23/x',
    '/admin/x%3F/y',
  ]
  for (const path of evasions) {
    t.same(
      rules.find('GET', path).require.map(({ rule, claim }) => `${rule} ${claim}`),
      ['rules[0] groups'],
      path,
    )
  }
  const keys = [
    '/api/keys',
    '/api//keys',
    '/api/;/keys',
    '/api/keys/',
    '/api/keys;x',
    '/API//k%65ys;x/',
    '/api/slash',
    '/api/slash/',
  ]
  for (const path of keys) t.equal(rules.find('GET', path).unauthenticated, 401, path)
  for (const path of ['/a/x/b', '/a//;x/b', '/a/;x//b'])
    t.equal(rules.find('GET', path).require.length, 1, path)
  for (const path of ['/', '/adm', '/api', '/api/keys/x', '/a/b']) {
    t.equal(rules.find('GET', path).access, 'public', path)
  }
})

test('a server that folds ASCII alone finds another rule than one that folds every letter', async (t) => {
  const rules = compile([
    { path: '/ü', access: 'public' },
    { path: '/A/Ü', require: { groups: 'a' } },
    { path: '/**/ü', access: 'public' },
  ])
  for (const path of ['/A/%C3%9C', '/a/%C3%9C', '/a/%c3%bc']) {
    t.equal(rules.find('GET', path).require.length, 1, path)
  }
  t.equal(rules.find('GET', '/b/%C3%BC').access, 'public')
})

test('what only a lenient server would take for a public path is not public', async (t) => {
  const rules = compile([{ path: '/assets/**', access: 'public' }])
  for (const path of ['/Assets/x', '/%61ssets/x', '/assets;v/x', '/x;/assets/y']) {
    t.equal(rules.find('GET', path).access, 'required', path)
  }
  for (const path of [
    '/assets/a//b',
    '/assets/X;v=1',
    '/assets/%20',
    '/assets/%61',
    '/assets/',
    '/assets/why%3f',
    '/assets/c%23/x',
  ]) {
    t.equal(rules.find('GET', path).access, 'public', path)
  }
})

test('of several readings, the plainest says which upstream, and the strictest each condition', async (t) => {
  const rules = compile([
    { path: '/A', acr_values: 'x y', max_age: '5m' },
    { path: '/a', access: 'optional', upstream: 'http://127.0.0.1:4000' },
    { path: '/b', unauthenticated: 401, max_age: '1m' },
    { path: '/B', require: { level: [1, 2] } },
    { path: '/c', acr_values: 'x y', max_age: '5m' },
    { path: '/C', acr_values: 'y z', max_age: '1m' },
    { path: '/d', acr_values: 'x' },
    { path: '/D', acr_values: 'y' },
  ])
  t.match(rules.find('GET', '/a'), {
    access: 'required',
    stepUp: { acr_values: ['x', 'y'], max_age: 300_000 },
    upstream: { url: 'http://127.0.0.1:4000' },
  })
  t.match(rules.find('GET', '/B'), {
    unauthenticated: 401,
    require: [{ claim: 'level', values: [1, 2] }],
    stepUp: { acr_values: undefined, max_age: 60_000 },
    upstream: undefined,
  })
  t.match(rules.find('GET', '/C').stepUp, { acr_values: ['y'], max_age: 60_000 }, 'what satisfies both')
  t.same(rules.find('GET', '/D').stepUp?.acr_values, [], 'nothing satisfies both')
  t.equal(judge(rules.find('GET', '/D'), { sub: 'u', claims: { acr: 'x' } }, MOMENT).kind, 'weak')
})

function verdicts(t: Test, written: object, table: [name: string, claims: object, kind: string][]): void {
  const access = compile([{ path: '/', ...written }]).find('GET', '/')
  for (const [name, claims, kind] of table) {
    t.equal(judge(access, { sub: 'u', claims: claims as Record<string, never> }, MOMENT).kind, kind, name)
  }
}

test('require: any of the values of each claim, and all of the claims', async (t) => {
  const require = { groups: ['admins', 'ops'], email_verified: true, level: 3, 'address.country': 'DE' }
  const good = { groups: ['staff', 'ops'], email_verified: true, level: 3, address: { country: 'DE' } }
  verdicts(t, { require }, [
    ['all hold', good, 'allowed'],
    ['a scalar instead of a list', { ...good, groups: 'admins' }, 'allowed'],
    ['another list', { ...good, groups: ['staff'] }, 'forbidden'],
    ['a list in a list', { ...good, groups: [['admins']] }, 'forbidden'],
    ['a name that holds the value', { ...good, groups: ['admins,ops', 'xadmins'] }, 'forbidden'],
    ['an empty list', { ...good, groups: [] }, 'forbidden'],
    ['no such claim', { ...good, groups: undefined }, 'forbidden'],
    ['null', { ...good, groups: null }, 'forbidden'],
    ['an inherited name', { ...good, groups: undefined, __proto__: { groups: ['admins'] } }, 'forbidden'],
    ['a word for a boolean', { ...good, email_verified: 'true' }, 'forbidden'],
    ['a word for a number', { ...good, level: '3' }, 'forbidden'],
    ['a number in a list', { ...good, level: [1, 3] }, 'allowed'],
    ['another country', { ...good, address: { country: 'FR' } }, 'forbidden'],
    ['the path of the claim as its name', { ...good, address: {}, 'address.country': 'DE' }, 'allowed'],
  ])
})

test('acr_values and max_age: the sign-in was strong and recent enough, or the person is asked', async (t) => {
  const ago = (seconds: number) => MOMENT / 1000 - seconds
  verdicts(t, { acr_values: 'urn:a urn:b' }, [
    ['the first', { acr: 'urn:a' }, 'allowed'],
    ['the second', { acr: 'urn:b' }, 'allowed'],
    ['another', { acr: 'urn:c' }, 'weak'],
    ['both in one', { acr: 'urn:a urn:b' }, 'weak'],
    ['none', {}, 'weak'],
  ])
  verdicts(t, { max_age: '15m' }, [
    ['just now', { auth_time: ago(0) }, 'allowed'],
    ['a clock that is ahead', { auth_time: ago(-30) }, 'allowed'],
    ['a quarter of an hour and the leeway', { auth_time: ago(960) }, 'allowed'],
    ['longer ago', { auth_time: ago(961) }, 'weak'],
    ['nobody knows', {}, 'weak'],
    ['no number', { auth_time: String(ago(0)) }, 'weak'],
  ])
  verdicts(t, { acr_values: 'urn:a', max_age: '1m', require: { groups: 'x' } }, [
    ['who may not pass is not asked to prove more', { groups: 'y' }, 'forbidden'],
    ['strong and old', { groups: 'x', acr: 'urn:a', auth_time: ago(200) }, 'weak'],
    ['weak and new', { groups: 'x', acr: 'urn:b', auth_time: ago(0) }, 'weak'],
    ['strong and new', { groups: 'x', acr: 'urn:a', auth_time: ago(0) }, 'allowed'],
  ])
})

// Nothing to measure: with a walk that branches or comes back these would not end today.
test('no path and no rules make more work than segments times rules', async (t) => {
  const path = `/A%41;x%3by//${'/a'.repeat(990)}`
  const many = `/**/${Array.from({ length: 40 }, () => 'a').join('/**/')}`
  t.equal(compile([{ path: `${many}/b`, access: 'public' }]).find('GET', path).access, 'required')
  t.equal(compile([{ path: `${many}/**`, access: 'public' }]).find('GET', path).access, 'public')
  const thousand = Array.from({ length: 1000 }, (_, index) => ({
    path: `/**/x${index}/**/a`,
    access: 'public',
  }))
  t.equal(compile(thousand).find('GET', `/x1/x2/x3${path}`).access, 'public')
  t.equal(compile(thousand).find('GET', path).access, 'required')
})
