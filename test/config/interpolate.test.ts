import { test } from 'tap'
import { interpolate } from '../../src/config/interpolate.js'
import { formatPlace, placeOf } from '../../src/config/problems.js'

const PLACE = placeOf('/etc/doorward/doorward.yaml')
/** The tables write § for the dollar sign, which looks like a forgotten template literal here. */
const dollars = (text: string) => text.replaceAll('§', '$')

const ENV = { NAME: 'value', EMPTY: '', YAML: '[a, {b: c}]\n- d', NESTED: dollars('§{NAME}') }

for (const [text, expected] of [
  ['§{NAME}', 'value'],
  ['a §{NAME} b §{NAME}', 'a value b value'],
  ['§{NONE:-fallback}', 'fallback'],
  ['§{EMPTY:-fallback}', 'fallback'],
  ['§{NAME:-fallback}', 'value'],
  ['§{NONE:-}', ''],
  ['§{NONE:-http://a:1/$b}', 'http://a:1/$b'],
  ['§{EMPTY}', ''],
  ['§{YAML}', ENV.YAML],
  ['§{NESTED}', ENV.NESTED],
  ['$NAME $access_token $', '$NAME $access_token $'],
] as const) {
  const written = dollars(text)
  test(`${written} becomes ${JSON.stringify(expected)}`, async (t) => {
    t.same(interpolate({ list: [written] }, ENV, PLACE), { value: { list: [expected] }, problems: [] })
  })
}

for (const text of ['§{', '§{}', '§{1A}', '§{NAME', '§{NAME-x}', '§{A:-§{NAME}}', '§{NONE}', '§{toString}']) {
  const written = dollars(text)
  test(`${written} is a problem at its place`, async (t) => {
    const { problems } = interpolate({ list: ['', written] }, ENV, PLACE)
    t.same(
      problems.map(({ at }) => at),
      ['list[1]'],
    )
  })
}

test('keys and values other than strings are left alone', async (t) => {
  const tree = { [dollars('§{NAME}')]: 1, list: [true, null, 1.5] }
  t.same(interpolate(tree, ENV, PLACE), { value: tree, problems: [] })
})

test('a place is written as the key path that an operator would look for', async (t) => {
  const keys = ['tenants', 1, 'headers', 'X.User', 'x y', 'plain']
  t.equal(formatPlace({ ...PLACE, keys }), 'tenants[1].headers["X.User"]["x…"].plain')
})
