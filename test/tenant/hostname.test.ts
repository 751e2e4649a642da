import { test } from 'tap'
import { canonicalHostname } from '../../src/tenant/hostname.js'

/** What Node makes of a hostname that was sent as UTF-8 bytes. */
const onTheWire = (host: string): string => Buffer.from(host, 'utf8').toString('latin1')

const names: [host: string, canonical: string][] = [
  ['acme.example.com', 'acme.example.com'],
  ['ACME.Example.COM', 'acme.example.com'],
  ['acme.example.com.', 'acme.example.com'],
  ['acme.example.com:443', 'acme.example.com'],
  ['acme.example.com:8080', 'acme.example.com'],
  ['acme.example.com:', 'acme.example.com'],
  ['Acme.Example.com.:8443', 'acme.example.com'],
  ['localhost', 'localhost'],
  ['acme.localhost:8080', 'acme.localhost'],
  ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
  ['XN--MNCHEN-3YA.example.:80', 'xn--mnchen-3ya.example'],
  ['127.0.0.1:80', '127.0.0.1'],
  ['[::1]', '[::1]'],
  ['[::1]:8080', '[::1]'],
  ['[2001:DB8::A]:443', '[2001:db8::a]'],
]

test('a hostname has one spelling: no port, no root dot, lower case', async (t) => {
  for (const [host, canonical] of names) t.equal(canonicalHostname(onTheWire(host)), canonical, host)
})

const noNames = [
  '',
  ' ',
  ':80',
  '@acme.example.com',
  'user@acme.example.com',
  'user:password@acme.example.com',
  'ü@acme.example.com',
  'acme.example.com evil.example',
  ' acme.example.com',
  'acme.example.com ',
  'acme.example.com ü',
  'acme.example.com,evil.example',
  'acme.example.com, evil.example',
  'acme.example.com;evil',
  'acme.example.com/',
  'acme.example.com/path',
  'acme.example.com?x',
  'acme.example.com#x',
  'acme.example.com\\x',
  'https://acme.example.com',
  'acme.example.com:80:80',
  'acme.example.com:http',
  'acme.example.com:-1',
  'acme.example.com:+80',
  'acme.example.com:8 0',
  'acme.example.com:100000',
  'acme.example.com\u0000',
  'acme\u0000.example.com',
  'acme.example.com\r\nx: y',
  '%61cme.example.com',
  'acme%2eexample.com',
  '*.example.com',
  '<acme>.example.com',
  '::1',
  '[::1',
  '::1]',
  '[acme.example.com]',
  '[::1]x',
  '[fe80::1%eth0]',
  'xn--.ü',
  'münchen.example',
  'acme.example.com/ü',
  'acme.example.com\u00ad',
  'ac\tme.example.com',
  'ac\tme.example.com/ü',
]

test('what is no single host names no tenant', async (t) => {
  for (const host of noNames) t.equal(canonicalHostname(onTheWire(host)), undefined, JSON.stringify(host))
})

test('a name with an empty label is never the name without it', async (t) => {
  for (const host of [
    '.',
    '..',
    '...',
    '.acme.example.com',
    'acme..example.com',
    'acme.example.com..',
    '..:80',
  ]) {
    t.not(canonicalHostname(host), 'acme.example.com', host)
  }
})

test('bytes that are no UTF-8, and very long names, are answered too', async (t) => {
  for (const host of [
    '\u00ff\u00fe',
    'm\u00fcnchen.example',
    '\u00c3',
    `${'a.'.repeat(8000)}example`,
    'ü'.repeat(8000),
  ]) {
    t.not(canonicalHostname(host), 'xn--mnchen-3ya.example')
  }
})
