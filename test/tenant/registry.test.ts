import { test } from 'tap'
import { createTenantRegistry } from '../../src/tenant/registry.js'
import { tenantConfig } from './tenant-config.js'

const COUNT = 150
const ids = Array.from({ length: COUNT }, (_, index) => `tenant-${index}`)
const registry = createTenantRegistry(
  ids.map((id) =>
    tenantConfig({ id, origins: [`https://${id}.example.com`, `https://${id}.example.org:8443`] }),
  ),
)

const spellings = (hostname: string): string[] => [
  hostname,
  hostname.toUpperCase(),
  hostname.replace('t', 'T').replace('example', 'eXaMpLe'),
  `${hostname}.`,
  `${hostname}:443`,
  `${hostname}:`,
  `${hostname.toUpperCase()}.:8080`,
]

// Caddy's matcher became case-sensitive above a hundred hosts (CVE-2026-27588).
test('each of 150 tenants is found in every spelling of its hostnames, and no other is', async (t) => {
  for (const id of ids) {
    for (const [hostname, origin] of [
      [`${id}.example.com`, `https://${id}.example.com`],
      [`${id}.example.org`, `https://${id}.example.org:8443`],
    ] as const) {
      const found = spellings(hostname).map((host) => registry.resolve(host))
      t.same(new Set(found.map((site) => `${site?.tenant.id} ${site?.origin}`)), new Set([`${id} ${origin}`]))
    }
  }
  t.equal(registry.tenants.length, COUNT)
})

const strangers = [
  undefined,
  '',
  'example.com',
  '.example.com',
  'tenant-0',
  'tenant-150.example.com',
  'tenant-00.example.com',
  'tenant-0.example.com.evil.example',
  'evil.tenant-0.example.com',
  'eviltenant-0.example.com',
  'tenant-0.example.comevil',
  'tenant-0.example.net',
  'tenant-0-example.com',
  'tenant-0.example.com..',
  'tenant-0..example.com',
  'tenant-0.example.com,tenant-1.example.com',
  'tenant-0.example.com@evil.example',
  'tenant-0.example.com tenant-1.example.com',
  'https://tenant-0.example.com',
  '__proto__',
  'constructor',
  '*',
]

test('a name that merely resembles a hostname belongs to nobody', async (t) => {
  for (const host of strangers) t.equal(registry.resolve(host), undefined, String(host))
})

test('a site keeps the configured origin, whatever port and spelling the request had', async (t) => {
  const local = createTenantRegistry([
    tenantConfig({ id: 'dev', origins: ['http://dev.localhost:8080', 'http://[::1]:8080'] }),
    tenantConfig({ id: 'idn', origins: ['https://xn--mnchen-3ya.example'] }),
  ])
  t.equal(local.resolve('DEV.localhost:9999')?.origin, 'http://dev.localhost:8080')
  t.equal(local.resolve('[::1]:1')?.origin, 'http://[::1]:8080')
  t.equal(local.resolve('xn--mnchen-3ya.example:443')?.tenant.id, 'idn')
  t.equal(createTenantRegistry([]).resolve('dev.localhost'), undefined)
})
