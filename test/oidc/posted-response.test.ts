import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { openPostedResponse, sealPostedResponse } from '../../src/oidc/posted-response.js'
import { createSealer } from '../../src/sealer.js'

const NOW = 1_800_000_000_000
const sealer = createSealer([randomBytes(32)])
const here = { sealer, tenant: 'acme', origin: 'https://acme.example.com', now: NOW }
const response = () => new URLSearchParams({ code: 'C0DE+/=&', state: 'STATE', error_description: 'ü\n' })

test('a posted response is opened as it was, for a minute', async (t) => {
  const sealed = sealPostedResponse(response(), here)
  t.match(sealed, /^[\w-]+$/, 'it can stand in an address')
  t.same([...openPostedResponse(sealed, here)], [...response()])
  t.same([...openPostedResponse(sealed, { ...here, now: NOW + 59_999 })], [...response()])
  t.throws(() => openPostedResponse(sealed, { ...here, now: NOW + 60_000 }), { code: 'invalid_callback' })
})

test('it is opened by its own tenant, origin and key only, and by no other spelling', async (t) => {
  const sealed = sealPostedResponse(response(), here)
  const elsewhere = [
    { ...here, tenant: 'globex' },
    { ...here, origin: 'https://acme.example.net' },
    { ...here, sealer: createSealer([randomBytes(32)]) },
  ]
  for (const options of elsewhere) {
    t.throws(() => openPostedResponse(sealed, options), { code: 'invalid_callback' })
  }
  const cookie = sealer.seal('{}', { purpose: 'transaction', context: ['acme', here.origin] })
  for (const text of ['', 'e30.e30.e30', sealed.slice(0, -1), `${sealed}A`, `A${sealed}`, cookie]) {
    t.throws(() => openPostedResponse(text, here), { code: 'invalid_callback' }, text)
  }
})

test('a response that no address could hold is refused', async (t) => {
  const long = (length: number) => new URLSearchParams({ code: 'c'.repeat(length), state: 'STATE' })
  t.ok(sealPostedResponse(long(5600), here).length <= 7680)
  t.throws(() => sealPostedResponse(long(5700), here), { code: 'invalid_callback', reason: /too long/ })
})
