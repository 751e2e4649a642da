/** Milliseconds; a provider, or a clock that is wrong, must not silence a tenant for a day. */
const LONGEST_PAUSE = 300_000

/**
 * Milliseconds for which a 429 or 503 asks to be left alone, from nothing to five minutes: the longer of `Retry-After`
 * (RFC 9110 §10.2.3) and Okta's `X-Rate-Limit-Reset`. `undefined` where the answer does not say, or not in a way that
 * can be read.
 */
export function retryAfter({ status, headers }: Response, now: number): number | undefined {
  if (status !== 429 && status !== 503) return undefined
  const pauses = [
    pauseOf(headers.get('retry-after') ?? '', now),
    // UTC epoch seconds.
    secondsOf(headers.get('x-rate-limit-reset') ?? '') - now,
  ].filter((pause) => !Number.isNaN(pause))
  if (pauses.length === 0) return undefined
  return Math.min(Math.max(0, ...pauses), LONGEST_PAUSE)
}

const secondsOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1000 : Number.NaN)

// Date.parse would find a year in nearly everything.
function pauseOf(text: string, now: number): number {
  return /^\w+, .* GMT$/.test(text) ? Date.parse(text) - now : secondsOf(text)
}
