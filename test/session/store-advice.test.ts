import { test } from 'tap'
import { storeAdvice } from '../../src/session/store-advice.js'

test('the advice for a store that is not reached follows from its error', async (t) => {
  for (const [message, advice] of [
    ['WRONGPASS invalid username-password pair or user is disabled.', /the password in session\.store/],
    ['no sentinel names a master: Error: NOAUTH HELLO must be called', /the password in session\.store/],
    ["NOPERM this user has no permissions to run the 'ping' command", /rights/],
    ['getaddrinfo ENOTFOUND redis', /spelled right/],
    ['self-signed certificate in certificate chain', /ca= in session\.store/],
    ['connect ECONNREFUSED 127.0.0.1:6379', /is that server running/],
  ] as const) {
    t.match(storeAdvice(new Error(message)), advice, message)
  }
})
