import { test } from 'tap'
import { compileIdentityHeaders } from '../../src/headers/identity.js'
import type { Claim } from '../../src/identity.js'

const tokens = { access_token: 'AT', id_token: 'IT', refresh_token: 'RT', expires_at: undefined }

function build(headers: Record<string, string>, claims: Record<string, Claim> = {}): string[] {
  const identity = { sub: 'alice', claims: { sub: 'alice', ...claims } }
  return compileIdentityHeaders(headers).build({ tenant: 'acme', identity, tokens, assertion: 'JWT' })
}

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const values: [what: string, claim: Claim, value: string | undefined][] = [
  ['text', 'admins', 'admins'],
  ['text with a comma', 'Adams, Alice', 'Adams, Alice'],
  ['an array', ['a', 'b', 'c'], 'a,b,c'],
  ['an array of one', ['a'], 'a'],
  ['a comma inside an element', ['a,b', 'c'], 'a%2Cb,c'],
  ['commas all over', [',', ',,'], '%2C,%2C%2C'],
  ['a number', 42, '42'],
  ['zero', 0, '0'],
  ['a fraction', -1.5, '-1.5'],
  ['true', true, 'true'],
  ['false', false, 'false'],
  ['mixed elements', [1, true, 'x'], '1,true,x'],
  ['null among elements', ['a', null, 'b'], 'a,b'],
  ['an object', { a: 1 }, '{"a":1}'],
  ['objects in an array', [{ a: 1, b: 2 }], '{"a":1%2C"b":2}'],
  ['an array in an array', [['a', 'b'], 'c'], '["a"%2C"b"],c'],
  ['null', null, undefined],
  ['empty text', '', undefined],
  ['an empty array', [], undefined],
  ['nothing but null', [null], undefined],
  ['CR and LF', 'a\r\nX-Forwarded-Groups: admins', 'a%0D%0AX-Forwarded-Groups: admins'],
  ['a bare LF', 'a\nb', 'a%0Ab'],
  ['a bare CR', 'a\rb', 'a%0Db'],
  ['NUL', 'a\u0000b', 'a%00b'],
  ['a tab', 'a\tb', 'a%09b'],
  ['DEL and escape', '\u007f\u001b', '%7F%1B'],
  ['NEL, a control character of latin1', 'a\u0085b', 'a%C2%85b'],
  ['a line break in an element', ['a\nb', 'c'], 'a%0Ab,c'],
  ['a line break in an object', { 'a\n': 'b\r' }, '{"a\\n":"b\\r"}'],
  ['an umlaut', 'Jürg', utf8('Jürg')],
  ['an emoji', '😀', '\u00f0\u009f\u0098\u0080'],
  ['a line separator', 'a\u2028b', utf8('a\u2028b')],
  ['a letter whose low byte is LF', 'a\u010ab', '\u0061\u00c4\u008ab'],
  ['half an emoji', 'a\ud83d', utf8('a\ufffd')],
]

test('a claim becomes one header value of UTF-8 bytes that nothing can break out of', async (t) => {
  for (const [what, claim, value] of values) {
    const headers = build({ 'X-Claim': 'claim' }, { claim })
    t.same(headers, value === undefined ? [] : ['X-Claim', value], what)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    t.notMatch(headers.join(''), /[\u0000-\u001f\u007f]|[^\u0000-\u00ff]/, what)
  }
})

test('a claim is found by its path, and absent means that the header is absent', async (t) => {
  const claims = {
    address: { country: 'CH' },
    'https://acme.example/role': 'owner',
    'a.b': 'whole name',
    a: { b: 'path' },
  }
  const table: [source: string, value: string | undefined][] = [
    ['sub', 'alice'],
    ['address.country', 'CH'],
    ['https://acme.example/role', 'owner'],
    ['a.b', 'whole name'],
    ['address.city', undefined],
    ['missing', undefined],
    ['toString', undefined],
    ['__proto__', undefined],
    ['constructor.name', undefined],
  ]
  for (const [source, value] of table) {
    t.same(build({ 'X-Claim': source }, claims), value === undefined ? [] : ['X-Claim', value], source)
  }
})

test('a $variable stands alone or inside text', async (t) => {
  const table: [source: string, value: string][] = [
    ['$tenant', 'acme'],
    ['$access_token', 'AT'],
    ['$id_token', 'IT'],
    ['$assertion', 'JWT'],
    ['Bearer $assertion', 'Bearer JWT'],
    ['Bearer $access_token', 'Bearer AT'],
    ['$tenant/$tenant', 'acme/acme'],
    ['t=$tenant;i=$id_token', 't=acme;i=IT'],
  ]
  for (const [source, value] of table) t.same(build({ 'X-It': source }), ['X-It', value], source)
})

test('a token is put in as it is, whatever it holds', async (t) => {
  const identity = { sub: 'alice', claims: {} }
  const strange = { ...tokens, access_token: "$& $1 $' $tenant" }
  const { build: buildAll } = compileIdentityHeaders({ Authorization: 'Bearer $access_token' })
  t.same(buildAll({ tenant: 'acme', identity, tokens: strange, assertion: undefined }), [
    'Authorization',
    "Bearer $& $1 $' $tenant",
  ])
})

test('a claim that looks like a $variable stays text', async (t) => {
  t.same(build({ 'X-Name': 'name' }, { name: '$access_token' }), ['X-Name', '$access_token'])
})

test('headers keep their configured order, and claims that they need are known', async (t) => {
  const headers = { 'X-B': 'email', 'X-A': '$tenant', 'X-C': 'address.country', 'X-D': 'a $id_token' }
  t.same(compileIdentityHeaders(headers).neededClaims, ['email', 'address.country'])
  t.same(build(headers, { email: 'e' }), ['X-B', 'e', 'X-A', 'acme', 'X-D', 'a IT'])
})

test('an assertion that should be there and is not stops the request; it is known who needs one', async (t) => {
  const { build: buildAll, usesAssertion } = compileIdentityHeaders({ Authorization: 'Bearer $assertion' })
  t.equal(usesAssertion, true)
  const sources = { tenant: 'acme', identity: { sub: 'alice', claims: {} }, tokens, assertion: undefined }
  t.throws(() => buildAll(sources), { message: 'the identity assertion was not prepared' })
  const others = compileIdentityHeaders({ 'X-A': 'assertion', 'X-B': 'x $id_token' })
  t.equal(others.usesAssertion, false)
  t.same(others.build(sources), ['X-B', 'x IT'])
  t.same(buildAll(sources, 'without tokens'), [], 'where no token may be told, it is none that is missed')
})
