import { test } from 'tap'
import { cookieAttributes, cookieNames, splitCookies } from '../src/cookies.js'

const secure = cookieNames('https://acme.example.com')
const plain = cookieNames('http://acme.localhost:8080')
const many = Array.from({ length: 1000 }, (_, index) => `c${index}=${index}`).join('; ')

test('cookies on https carry the __Host- prefix and Secure; on http neither', async (t) => {
  t.same(secure, { session: '__Host-doorward', transactionPrefix: '__Host-doorward-tx-' })
  t.same(plain, { session: 'doorward', transactionPrefix: 'doorward-tx-' })
  const always = { httpOnly: true, sameSite: 'lax', path: '/' }
  t.same(cookieAttributes('https://acme.example.com'), { ...always, secure: true })
  t.same(cookieAttributes('http://acme.localhost'), { ...always, secure: false })
})

// Without a Doorward cookie the header passes as it came, whatever it holds.
const untouched = [
  'a=1',
  'a=1; b=2',
  'a=1;b=2',
  ';;',
  ' ; ;',
  '=',
  '=x',
  'novalue',
  'a="quoted; not split"',
  'a=b=c==',
  'a=1; a=2; a=1',
  'A=caf\u00c3\u00a9',
  'n=voil\u00c3\u00a0',
  '\u0000=\u0001',
  'door=ward',
  '__Host-other=1',
  many,
]

test('cookies of the application pass byte for byte', async (t) => {
  for (const header of untouched) {
    t.same(splitCookies(header, secure), { session: [], transactions: new Map(), foreign: header })
  }
  for (const header of [undefined, '']) t.equal(splitCookies(header, secure).foreign, undefined)
})

const split: [what: string, header: string, session: string[], foreign: string | undefined][] = [
  ['alone', '__Host-doorward=x', ['x'], undefined],
  ['first', '__Host-doorward=x; a=1; b=2', ['x'], 'a=1; b=2'],
  ['in the middle', 'a=1; __Host-doorward=x; b=2', ['x'], 'a=1; b=2'],
  ['last', 'a=1; b=2; __Host-doorward=x', ['x'], 'a=1; b=2'],
  ['without a blank', 'a=1;__Host-doorward=x;b=2', ['x'], 'a=1; b=2'],
  ['with tabs and blanks', 'a=1;\t __Host-doorward \t= x ; b=2', ['x'], 'a=1; b=2'],
  ['twice', '__Host-doorward=x; a=1; __Host-doorward=y', ['x', 'y'], 'a=1'],
  ['twice the same', '__Host-doorward=x; __Host-doorward=x', ['x', 'x'], undefined],
  ['empty', '__Host-doorward=; a=1', [''], 'a=1'],
  ['without a value', '__Host-doorward; a=1', [''], 'a=1'],
  ['holding an equals sign', '__Host-doorward=x=y', ['x=y'], undefined],
  ['quoted', '__Host-doorward="x"', ['"x"'], undefined],
  ['in the spelling of http', 'doorward=x; a=1', [], 'a=1'],
  ['in both spellings', 'doorward=x; __Host-doorward=y; a=1', ['y'], 'a=1'],
  ['a login in flight', '__Host-doorward-tx-1=x; a=1', [], 'a=1'],
  ['a login in the spelling of http', 'doorward-tx-1=x; a=1', [], 'a=1'],
  [
    'only a name like it',
    'doorwards=1; __Host-doorward2=2; xdoorward=3',
    [],
    'doorwards=1; __Host-doorward2=2; xdoorward=3',
  ],
  ['only a value like it', 'a=doorward; b=__Host-doorward=x', [], 'a=doorward; b=__Host-doorward=x'],
  ['another case', '__host-Doorward=1; a=doorward', [], '__host-Doorward=1; a=doorward'],
  ['beside pairs without a name', '=1; __Host-doorward=x; a', ['x'], '=1; a'],
  ['beside quotes and equals signs', '__Host-doorward=x; a="b c"; d=e=f==', ['x'], 'a="b c"; d=e=f=='],
  ['beside UTF-8', '__Host-doorward=x; n=caf\u00c3\u00a9', ['x'], 'n=caf\u00c3\u00a9'],
  ['beside a thousand', `${many}; __Host-doorward=x`, ['x'], many],
]

test("Doorward's cookies are taken out and doubles are reported", async (t) => {
  for (const [what, header, session, foreign] of split) {
    const own = splitCookies(header, secure)
    t.same({ session: own.session, foreign: own.foreign }, { session, foreign }, what)
  }
})

test('no spelling of a Doorward cookie reaches the upstream, on https and on http', async (t) => {
  const header = split.map(([, text]) => text).join('; ')
  for (const names of [secure, plain]) {
    const { foreign = '', session } = splitCookies(header, names)
    t.notMatch(foreign, /(?:^|; )(?:__Host-)?doorward(?:-tx-[^=]*)?=/)
    t.ok(session.length > 0)
  }
})

test('each login in flight is found by its name', async (t) => {
  const header = 'doorward-tx-a=1; a=2; __Host-doorward-tx-b=3; __Host-doorward-tx-c=4; __Host-doorward-tx-=5'
  t.same(
    [...splitCookies(header, secure).transactions.entries()],
    [
      ['__Host-doorward-tx-b', '3'],
      ['__Host-doorward-tx-c', '4'],
      ['__Host-doorward-tx-', '5'],
    ],
  )
  t.same([...splitCookies(header, plain).transactions.entries()], [['doorward-tx-a', '1']])
})
