import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { canonicalPath } from '../../src/access/path.js'

const ambiguous = readFileSync(new URL('ambiguous-paths.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
const onTheWire = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

// Request target and the path that is judged and forwarded; the same bytes, always.
const accepted: [target: string, path: string][] = [
  ['/', '/'],
  ['/?', '/'],
  ['/a', '/a'],
  ['/a/', '/a/'],
  ['/a//b', '/a//b'],
  ['/a///', '/a///'],
  ['/A/b', '/A/b'],
  ['/%20', '/%20'],
  ['/a%20b+c', '/a%20b+c'],
  ['/;v=1', '/;v=1'],
  ['/a;v=1/b;w', '/a;v=1/b;w'],
  ['/%3b', '/%3b'],
  [onTheWire('/ü'), onTheWire('/ü')],
  [onTheWire('/例え/😀'), onTheWire('/例え/😀')],
  ['/%C3%BC', '/%C3%BC'],
  ['/%c3%bc', '/%c3%bc'],
  ['/...', '/...'],
  ['/.../a', '/.../a'],
  ['/..a', '/..a'],
  ['/a..', '/a..'],
  ['/a../b', '/a../b'],
  ['/.well-known/x', '/.well-known/x'],
  ['/.git', '/.git'],
  ['/%2ewell-known', '/%2ewell-known'],
  ['/%252e%252e', '/%252e%252e'],
  ['/%252f', '/%252f'],
  ['/~user/@me/$1/(x)/!*\'", <>[]{}|^`', '/~user/@me/$1/(x)/!*\'", <>[]{}|^`'],
  ['/http://acme.example.com/', '/http://acme.example.com/'],
  ['/a:b@c', '/a:b@c'],
  ['/a?', '/a'],
  ['/a??', '/a'],
  ['/a?x=/../b', '/a'],
  ['/a?x=%2f%5c%00%', '/a'],
  ['/a?next=https://evil.example//x\\y', '/a'],
  ['/a?x#y', '/a'],
  ['/a?//', '/a'],
  [`/${'a'.repeat(20_000)}`, `/${'a'.repeat(20_000)}`],
  [`/${'a/'.repeat(199)}`, `/${'a/'.repeat(199)}`],
  ['/a'.repeat(200), '/a'.repeat(200)],
]

test('a path with one meaning is kept byte for byte, without its query', async (t) => {
  for (const [target, path] of accepted) t.equal(canonicalPath(target), path, target.slice(0, 80))
})

test('a path without a single meaning is refused, with and without a query', async (t) => {
  for (const path of ambiguous) {
    t.equal(canonicalPath(path), undefined, path)
    t.equal(canonicalPath(`${path}?x=/a`), undefined, `${path}?x=/a`)
  }
  for (const path of ['', '/a\u0000', '/\u0000/b', '/\u00c3', '/\u00c3%bc', '/%c3\u00bc', '/a'.repeat(201)])
    t.equal(canonicalPath(path), undefined, JSON.stringify(path))
})

test('what comes before an ambiguity or after it does not hide it', async (t) => {
  for (const part of ['/..', '/.', '/%2e%2E', '/..;x', '/%5c', '/%2F', '/%00', '/\\', '/%', '/#']) {
    for (const target of [
      `/a${part}`,
      `/a/b${part}/c`,
      `/%20${part}`,
      `/a//${part}`,
      `/a${part}/`,
      `${part}/;v=1`,
    ]) {
      t.equal(canonicalPath(target), undefined, target)
    }
  }
})
