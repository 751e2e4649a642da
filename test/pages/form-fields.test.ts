import { test } from 'tap'
import { holdsNul, readFormFields } from '../../src/pages/form-fields.js'

const read = (body: string) => readFormFields(Buffer.from(body, 'latin1'))

const cases: { [body: string]: [name: string, value: string][] } = {
  '': [],
  'a=1&b=2': [
    ['a', '1'],
    ['b', '2'],
  ],
  'b=2&a=1&b=2': [
    ['b', '2'],
    ['a', '1'],
    ['b', '2'],
  ],
  '&&a=1&': [['a', '1']],
  a: [['a', '']],
  'a=': [['a', '']],
  '=a': [['', 'a']],
  'a=b=c': [['a', 'b=c']],
  'a+b=c+d%2B': [['a b', 'c d+']],
  'a=%0D%0A%0a%09': [['a', '\r\n\n\t']],
  'a%5B%5D=x': [['a[]', 'x']],
  'a=%c3%9C%E2%82%AC%f0%9f%98%80': [['a', 'Ü€😀']],
  'a=%EF%BB%BFx': [['a', '\ufeffx']],
  'a=100%&b=%zz%4': [
    ['a', '100%'],
    ['b', '%zz%4'],
  ],
  '_charset_=UTF-8&isindex=x': [
    ['_charset_', 'UTF-8'],
    ['isindex', 'x'],
  ],
}

test('a form is read as the URL Standard reads it, order and doubles kept', async (t) => {
  for (const [body, fields] of Object.entries(cases)) {
    t.same(read(body), { encoding: 'utf-8', fields }, body)
    const decoded = [...new URLSearchParams(Buffer.from(body, 'latin1').toString())]
    t.same(decoded, fields, `${body} is no opinion of this test`)
  }
})

test('a form of an old page keeps its bytes: each has a character, which a browser turns into it again', async (t) => {
  t.same(read('name=J%FCrgen&price=%80+5&_charset_=iso-8859-1'), {
    encoding: 'windows-1252',
    fields: [
      ['name', 'Jürgen'],
      ['price', '€ 5'],
      ['_charset_', 'iso-8859-1'],
    ],
  })
  const bytes = Array.from({ length: 255 }, (_, index) => index + 1)
  const { encoding, fields } = read(
    `a=${bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`,
  )
  t.equal(encoding, 'windows-1252')
  const [[, value = ''] = []] = fields
  t.equal(new Set(value).size, 255, 'no two bytes have the same')
  t.equal(value.slice(0x9f), String.fromCharCode(...bytes.slice(0x9f)), 'latin1 from 0xa0 on')
})

test('a NUL is found in both spellings', async (t) => {
  for (const body of ['a=%00', 'a%00=', 'a=\0']) t.ok(holdsNul(Buffer.from(body)), body)
  for (const body of ['', 'a=0', 'a=%2500', 'a=%30%30']) t.notOk(holdsNul(Buffer.from(body)), body)
})

test('a form of very many fields is read at once', async (t) => {
  const body = Array.from({ length: 20_000 }, (_, index) => `a=${index % 10}`).join('&')
  t.equal(read(body).fields.length, 20_000)
})
