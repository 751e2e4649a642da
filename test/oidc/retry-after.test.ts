import { test } from 'tap'
import { retryAfter } from '../../src/oidc/retry-after.js'

const NOW = 1_800_000_000_000
const reset = (seconds: number) => ({ 'x-rate-limit-reset': String(NOW / 1000 + seconds) })
const date = (seconds: number) => ({ 'retry-after': new Date(NOW + seconds * 1000).toUTCString() })

const table: [what: string, headers: Record<string, string>, pause: number | undefined][] = [
  ['nothing', {}, undefined],
  ['seconds', { 'retry-after': '7' }, 7000],
  ['no second', { 'retry-after': '0' }, 0],
  ['a date', date(20), 20_000],
  ['a date that is over', date(-20), 0],
  ['a date of next year', date(31_536_000), 300_000],
  ['a negative number', { 'retry-after': '-5' }, undefined],
  ['a fraction', { 'retry-after': '1.5' }, undefined],
  ['a day', { 'retry-after': '86400' }, 300_000],
  ['more than a number holds', { 'retry-after': '9'.repeat(400) }, 300_000],
  ['words', { 'retry-after': 'soon 5' }, undefined],
  ['a date of nonsense', { 'retry-after': 'Sun, 99 Nix 2020 GMT' }, undefined],
  ['two values', { 'retry-after': '5, 10' }, undefined],
  ['nothing said', { 'retry-after': '' }, undefined],
  ["Okta's reset", reset(30), 30_000],
  ["Okta's reset that is over", reset(-30), 0],
  ["Okta's reset far away", reset(86_400), 300_000],
  ['a reset of nonsense', { 'x-rate-limit-reset': 'NaN' }, undefined],
  ['a longer reset', { 'retry-after': '7', ...reset(30) }, 30_000],
  ['a shorter reset', { 'retry-after': '70', ...reset(30) }, 70_000],
  ['a reset beside nonsense', { 'retry-after': 'x', ...reset(30) }, 30_000],
]

test('a provider says for how long it wants to be left alone', async (t) => {
  for (const [what, headers, pause] of table) {
    for (const status of [429, 503]) {
      t.equal(retryAfter(new Response(null, { status, headers }), NOW), pause, `${status} ${what}`)
    }
  }
})

test('other answers do not slow anybody down', async (t) => {
  const headers = { 'retry-after': '7', ...reset(30) }
  for (const status of [200, 302, 400, 401, 500, 502]) {
    t.equal(retryAfter(new Response(null, { status, headers }), NOW), undefined, `${status}`)
  }
})
