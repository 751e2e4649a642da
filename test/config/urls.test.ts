import { test } from 'tap'
import { Refusal } from '../../src/config/fields.js'
import { isLoopback } from '../../src/config/hostname.js'
import { parseIssuer, parseOrigin, parseUpstream } from '../../src/config/urls.js'

for (const [written, origin] of [
  ['https://acme.example.com', 'https://acme.example.com'],
  ['HTTPS://ACME.Example.COM./', 'https://acme.example.com'],
  ['https://acme.example.com:443', 'https://acme.example.com'],
  ['https://acme.example.com:8443/', 'https://acme.example.com:8443'],
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ['https://under_score.example', 'https://under_score.example'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
  ['http://[0:0:0:0:0:0:0:1]', 'http://[::1]'],
  ['http://127.1:80', 'http://127.0.0.1'],
] as const) {
  test(`the origin ${written} is ${origin}`, async (t) => {
    t.equal(parseOrigin(written), origin)
  })
}

for (const issuer of [
  'https://acme.okta.com',
  'https://acme.okta.com/',
  'https://Login.Acme.example/oauth2/aus1',
  'https://acme-administration.okta.com',
  'https://acme-admin.example.com',
]) {
  test(`the issuer ${issuer} is kept as written`, async (t) => {
    t.equal(parseIssuer(issuer), issuer)
  })
}

for (const [issuer, host] of [
  ['https://acme-admin.okta.com/oauth2/default', 'acme.okta.com'],
  ['https://ACME-Admin.oktapreview.com', 'acme.oktapreview.com'],
  ['https://a-b-admin.okta-emea.com', 'a-b.okta-emea.com'],
] as const) {
  test(`the admin console ${issuer} is refused with the host that is meant`, async (t) => {
    t.match(parseIssuer(issuer), new Refusal(`is Okta's admin console; the issuer's host is ${host}`))
  })
}

test('an upstream is kept as its origin', async (t) => {
  t.equal(parseUpstream('http://127.0.0.1:3000/'), 'http://127.0.0.1:3000')
  t.equal(parseUpstream('https://app.internal:443'), 'https://app.internal')
  t.equal(parseUpstream('http://[::1]:3000'), 'http://[::1]:3000')
})

for (const [hostname, expected] of [
  ['localhost', true],
  ['localhost.', true],
  ['acme.localhost', true],
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['[::1]', true],
  ['localhost.example.com', false],
  ['notlocalhost', false],
  ['128.0.0.1', false],
  ['127.0.0.1.example.com', false],
  ['[::2]', false],
  ['0.0.0.0', false],
] as const) {
  test(`${hostname} is ${expected ? '' : 'not '}a loopback name`, async (t) => {
    t.equal(isLoopback(hostname), expected)
  })
}
