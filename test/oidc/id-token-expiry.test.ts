import { test } from 'tap'
import { idTokenExpiry } from '../../src/oidc/id-token-expiry.js'

const jwt = (payload: string) => `e30.${Buffer.from(payload).toString('base64url')}.c2ln`

test('the expiry of an ID token is read where there is one', async (t) => {
  t.equal(idTokenExpiry(jwt('{"exp":1800000000}')), 1_800_000_000_000)
  for (const text of ['', 'e30', jwt('{}'), jwt('{"exp":"soon"}'), jwt('null'), jwt('nonsense'), '..']) {
    t.equal(idTokenExpiry(text), undefined, text)
  }
})
