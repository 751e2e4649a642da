import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'tap'
import { compileTrustedProxies, externalHost, forwardedHeaders } from '../../src/headers/forwarded.js'

const trusted = compileTrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1', 'fe80::/10'])

const peers: [address: string | undefined, isTrusted: boolean][] = [
  ['10.0.0.0', true],
  ['10.255.255.255', true],
  ['::ffff:10.1.2.3', true],
  ['::FFFF:10.1.2.3', true],
  ['192.0.2.7', true],
  ['::ffff:192.0.2.7', true],
  ['2001:db8::1', true],
  ['2001:DB8:ffff::1', true],
  ['::1', true],
  ['fe80::1', true],
  ['fe80::1%eth0', true],
  ['9.255.255.255', false],
  ['11.0.0.0', false],
  ['::ffff:11.0.0.1', false],
  ['192.0.2.8', false],
  ['::ffff:192.0.2.6', false],
  ['2001:db9::1', false],
  ['::2', false],
  ['::10.1.2.3', false],
  ['127.0.0.1', false],
  ['', false],
  ['not an address', false],
  [undefined, false],
]

test('a peer is trusted by address and range, in either family and mapped from one to the other', async (t) => {
  for (const [address, isTrusted] of peers) t.equal(trusted(address), isTrusted, String(address))
})

test('nobody is trusted by default, and everybody only when the configuration says so', async (t) => {
  const nobody = compileTrustedProxies([])
  const everybody = compileTrustedProxies(['0.0.0.0/0', '::/0'])
  for (const address of ['127.0.0.1', '::1', '10.0.0.1', '::ffff:10.0.0.1']) {
    t.notOk(nobody(address), address)
    t.ok(everybody(address), address)
  }
  t.notOk(everybody(undefined))
})

const hosts: [
  what: string,
  headers: IncomingHttpHeaders,
  plain: string | undefined,
  trusted: string | undefined,
][] = [
  ['Host alone', { host: 'a.example' }, 'a.example', 'a.example'],
  ['both', { host: 'a.example', 'x-forwarded-host': 'b.example' }, 'a.example', 'b.example'],
  ['a chain', { host: 'a.example', 'x-forwarded-host': 'evil, c.example' }, 'a.example', 'c.example'],
  [
    'a chain without blanks',
    { host: 'a.example', 'x-forwarded-host': 'evil,c.example' },
    'a.example',
    'c.example',
  ],
  ['an empty end', { host: 'a.example', 'x-forwarded-host': 'b.example,' }, 'a.example', ''],
  ['neither', {}, undefined, undefined],
]

test('the host is Host, or the last X-Forwarded-Host of a trusted peer', async (t) => {
  for (const [what, headers, plain, forwarded] of hosts) {
    t.equal(externalHost(headers, false), plain, what)
    t.equal(externalHost(headers, true), forwarded, what)
  }
})

const claimed = {
  host: 'acme.example.com',
  'x-forwarded-for': '203.0.113.9, 10.0.0.2',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'shop.example.com',
}
const https = 'https://acme.example.com'

test('the upstream is told what Doorward saw, not what a stranger claims', async (t) => {
  const hop = { headers: claimed, peer: '203.0.113.1', peerIsTrusted: false, origin: https }
  t.same(forwardedHeaders(hop), [
    ...['X-Forwarded-For', '203.0.113.1'],
    ...['X-Forwarded-Proto', 'https'],
    ...['X-Forwarded-Host', 'acme.example.com'],
  ])
})

test('the chain of a trusted peer is extended by that peer', async (t) => {
  const hop = { headers: claimed, peer: '::ffff:10.0.0.3', peerIsTrusted: true, origin: https }
  t.same(forwardedHeaders(hop), [
    ...['X-Forwarded-For', '203.0.113.9, 10.0.0.2, 10.0.0.3'],
    ...['X-Forwarded-Proto', 'https'],
    ...['X-Forwarded-Host', 'shop.example.com'],
  ])
})

test('the scheme is that of the configured origin, and what is not known is not said', async (t) => {
  const origin = 'http://acme.localhost:8080'
  t.same(forwardedHeaders({ headers: {}, peer: undefined, peerIsTrusted: false, origin }), [
    'X-Forwarded-Proto',
    'http',
  ])
  t.same(forwardedHeaders({ headers: {}, peer: '::1', peerIsTrusted: true, origin }), [
    ...['X-Forwarded-For', '::1'],
    ...['X-Forwarded-Proto', 'http'],
  ])
})
