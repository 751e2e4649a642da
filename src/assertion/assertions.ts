import { type JWK, SignJWT } from 'jose'
import type { TenantConfig } from '../config/schema.js'
import type { Identity } from '../identity.js'
import type { SigningKeys } from '../keys/signing-keys.js'
import { type AssertionCache, createAssertionCache } from './assertion-cache.js'
import { personClaims } from './assertion-claims.js'

/** Whom an assertion is about. */
export interface AssertionSubject {
  readonly identity: Identity
  /** Of what is kept of the person: another one is never answered with what was signed for this one. */
  readonly version: string
}

/** Signs who is signed in, for upstreams that trust nothing but a signature. */
export interface Assertions {
  /**
   * A JWT (RFC 7519) that tells this audience who is signed in: valid for a minute at the most and twenty seconds at
   * the least, the same one for as long as that holds. Rejects when its key cannot be had.
   */
  issue(subject: AssertionSubject, audience: string): Promise<string>
  /** What verifies them (RFC 7517 §4). Rejects when it cannot be had. */
  publishedKeys(): Promise<readonly JWK[]>
}

interface AssertionsOptions {
  readonly keys: SigningKeys
  readonly cache: AssertionCache
  readonly now: () => number
}

/** Seconds. */
const LIFETIME = 60
/** Milliseconds; what is left of the lifetime is for the way to the upstream, and for clocks that differ. */
const LONGEST_AGE = 40_000
/** Characters, which are bytes here: some 20,000 people within 40 seconds, or fewer with very many groups. */
const CAPACITY = 16 * 1024 * 1024

/** Builds the cache that the assertions of all tenants share. */
export const createSharedCache = (now: () => number): AssertionCache =>
  createAssertionCache({ now, longestAge: LONGEST_AGE, capacity: CAPACITY })

/** Builds the assertions of one tenant. */
export function createAssertions(
  { id: tenant, origins: [iss = ''] }: Pick<TenantConfig, 'id' | 'origins'>,
  { keys, cache, now }: AssertionsOptions,
): Assertions {
  const signing = new Map<string, Promise<string>>()

  async function sign(name: string, { identity }: AssertionSubject, audience: string): Promise<string> {
    const [key] = await keys.signing()
    if (key === undefined) throw new TypeError('a tenant without a key for its assertions')
    // After the key was waited for, so that the time of waiting is not taken off the lifetime.
    const signedAt = now()
    const iat = Math.floor(signedAt / 1000)
    // No `jti`: one assertion is sent with many requests, and would look replayed to who remembers it.
    const registered = { iss, aud: audience, sub: identity.sub, iat, exp: iat + LIFETIME }
    const assertion = await new SignJWT({ ...personClaims(identity), tenant, ...registered })
      // Not a type of its own: some libraries refuse what is not `JWT` unless they are told.
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
      .sign(key.key)
    cache.keep(name, assertion, signedAt)
    return assertion
  }

  return {
    publishedKeys: keys.published,
    async issue(subject, audience) {
      const name = JSON.stringify([tenant, iss, subject.version, audience])
      const known = cache.find(name) ?? signing.get(name)
      if (known !== undefined) return known
      const assertion = sign(name, subject, audience).finally(() => signing.delete(name))
      signing.set(name, assertion)
      return assertion
    },
  }
}
