import { test } from 'tap'
import { cacheLifetime } from '../../src/oidc/cache-lifetime.js'

const MINUTE = 60_000

test('an answer is used for as long as it says, between five minutes and a day', async (t) => {
  const table: [cacheControl: string | undefined, age: string | undefined, lifetime: number][] = [
    [undefined, undefined, 5 * MINUTE],
    ['no-cache, no-store', undefined, 5 * MINUTE],
    ['max-age=0', undefined, 5 * MINUTE],
    ['max-age=299', undefined, 5 * MINUTE],
    ['max-age=600', undefined, 10 * MINUTE],
    ['max-age=600', '120', 8 * MINUTE],
    ['max-age=600', '9999', 5 * MINUTE],
    ['max-age=600', 'soon', 10 * MINUTE],
    ['public,max-age=600, must-revalidate', undefined, 10 * MINUTE],
    ['MAX-AGE="600"', undefined, 10 * MINUTE],
    ['max-age=3832304, must-revalidate', undefined, 1440 * MINUTE],
    [`max-age=${'9'.repeat(400)}`, undefined, 1440 * MINUTE],
    ['s-maxage=600', undefined, 5 * MINUTE],
    ['max-age=soon', undefined, 5 * MINUTE],
    ['max-age=-600', undefined, 5 * MINUTE],
  ]
  for (const [cacheControl, age, lifetime] of table) {
    const headers = new Headers()
    if (cacheControl !== undefined) headers.set('cache-control', cacheControl)
    if (age !== undefined) headers.set('age', age)
    t.equal(cacheLifetime(headers), lifetime, `${cacheControl}, ${age}`)
  }
})
