import { error, type Finding } from './finding.js'

/** Milliseconds: what the tokens of Universal Logout are given, the strictest of all. */
const MOST = 60_000

interface Moments {
  readonly askedAt: number
  readonly answeredAt: number
}

/** Compares the clock of an answer with ours, as far as its `Date` tells (RFC 9110 §6.6.1: whole seconds). */
export function checkClock(headers: Headers, { askedAt, answeredAt }: Moments): Finding[] {
  const date = Date.parse(headers.get('date') ?? '')
  // RFC 9111 §5.1: a cache has kept it for so long.
  const age = Number(headers.get('age') ?? 0)
  if (Number.isNaN(date) || Number.isNaN(age)) return []
  const theirs = date + 500 + age * 1000
  const apart = (askedAt + answeredAt) / 2 - theirs
  if (Math.abs(apart) <= MOST) return []
  const seconds = Math.round(Math.abs(apart) / 1000)
  const direction = apart > 0 ? 'ahead of' : 'behind'
  return [
    error(
      'clock',
      `this machine's clock is ${seconds} s ${direction} the provider's, and at most 60 s are tolerated: synchronize it (NTP)`,
    ),
  ]
}
