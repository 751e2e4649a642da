import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { judgeReturnTo } from '../../src/oidc/return-to.js'

const ORIGIN = 'https://acme.example.com'
const CONTROLS: { [written: string]: string } = { '\\t': '\t', '\\n': '\n', '\\r': '\r' }
// The corpus writes control characters as \t, \n, \r and \u….
const unescaped = (line: string): string =>
  line
    .replace(/\\u([0-9a-f]{4})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\[tnr]/g, (written) => CONTROLS[written] ?? written)
const lines = readFileSync(new URL('open-redirects.txt', import.meta.url), 'utf8')
  .replace(/\n$/, '')
  .split('\n')

test('no address leads off the origin', async (t) => {
  for (const line of lines) t.equal(judgeReturnTo(unescaped(line), ORIGIN), undefined, JSON.stringify(line))
})

test('no attack becomes a place on the origin that a browser would leave it by', async (t) => {
  for (const line of lines) {
    for (const prefix of ['/', '/a', '/a/', '?', '#', '/?rd=', 'a', './', ORIGIN, `${ORIGIN}/`]) {
      const judged = judgeReturnTo(prefix + unescaped(line), ORIGIN)
      if (judged === undefined) continue
      const landed = new URL(judged, ORIGIN)
      const isSafe = landed.origin === ORIGIN && /^\/(?![/\\])[\x21-\x7e]*$/.test(judged)
      if (!isSafe) t.fail(`${JSON.stringify(prefix + line)} became ${JSON.stringify(judged)}`)
    }
  }
  t.pass('all of them')
})

const deepLinks: [address: string, returnTo: string][] = [
  ['/', '/'],
  ['', '/'],
  ['/a/b?x=1&y=2#z', '/a/b?x=1&y=2#z'],
  ['/a//b', '/a//b'],
  ['/a//evil.example', '/a//evil.example'],
  ['/http://evil.example/', '/http://evil.example/'],
  ['/x?next=https://evil.example//y', '/x?next=https://evil.example//y'],
  ['/x?next=//evil.example', '/x?next=//evil.example'],
  ['/x?next=%2F%2Fevil.example', '/x?next=%2F%2Fevil.example'],
  ['/x#//evil.example', '/x#//evil.example'],
  ['/x?a=/../b', '/x?a=/../b'],
  ['/%20/%C3%BC', '/%20/%C3%BC'],
  ['/;v=1/a;b', '/;v=1/a;b'],
  ['/@user/a:b', '/@user/a:b'],
  ['/%2f/evil.example', '/%2f/evil.example'],
  ['/%5cevil.example', '/%5cevil.example'],
  ['/?x=%00', '/?x=%00'],
  ['?tab=1', '/?tab=1'],
  ['#top', '/#top'],
  ['a/b', '/a/b'],
  ['/a/../b', '/b'],
  ['https://acme.example.com', '/'],
  ['https://acme.example.com/a?b#c', '/a?b#c'],
  ['https://ACME.example.com:443/a', '/a'],
  ['//acme.example.com/a', '/a'],
  ['https:/a', '/a'],
]

test('deep links survive, also those that merely look strange', async (t) => {
  for (const [address, returnTo] of deepLinks) {
    t.equal(judgeReturnTo(address, ORIGIN), returnTo, address)
    t.equal(judgeReturnTo(returnTo, ORIGIN), returnTo, 'judging twice changes nothing')
  }
})

test('nothing that is returned can split a header', async (t) => {
  for (const address of [
    '/a\r\nSet-Cookie: x=1',
    '/a\nb',
    '/?a\r\nb',
    '/#a\r\nb',
    '/ü 😀',
    '/a\u0000\u007f',
    '/\ud800',
  ]) {
    t.match(judgeReturnTo(address, ORIGIN), /^\/[\x21-\x7e]*$/, JSON.stringify(address))
  }
})

test('on an http origin with a port the same origin is that port', async (t) => {
  const origin = 'http://acme.localhost:8080'
  t.equal(judgeReturnTo('http://acme.localhost:8080/a', origin), '/a')
  for (const address of [
    'http://acme.localhost/a',
    'https://acme.localhost:8080/a',
    'https:evil.example',
    '//acme.localhost/',
  ]) {
    t.equal(judgeReturnTo(address, origin), undefined, address)
  }
})
