/** Milliseconds: a provider that forbids caching must not be called for each token, and a mistake must not last. */
const SHORTEST = 300_000
const LONGEST = 86_400_000

/**
 * Milliseconds for which an answer may be used, from five minutes to a day: `max-age` of its `Cache-Control` without
 * the `Age` that it has already (RFC 9111 §4.2); five minutes where it does not say.
 */
export function cacheLifetime(headers: Headers): number {
  const maxAge = /(?:^|[\s,])max-age="?(\d+)/i.exec(headers.get('cache-control') ?? '')?.[1]
  const age = /^\d+$/.exec(headers.get('age') ?? '')?.[0]
  const left = (Number(maxAge ?? 0) - Number(age ?? 0)) * 1000
  return Math.min(Math.max(left, SHORTEST), LONGEST)
}
