import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'

/** A private key with which a client signs its assertions, and the name that the provider knows it by. */
export interface SigningKey {
  readonly kid: string
  readonly alg: 'RS256' | 'ES256'
  readonly key: KeyObject
}

/** The key pairs of one client (RFC 7523 §2.2). */
export interface ClientKeys {
  /** The first one signs; another is for a provider that does not know it yet. Rejects when they cannot be had. */
  signing(): Promise<readonly SigningKey[]>
  /** What the provider needs to verify: public members only (RFC 7517 §4). Rejects when they cannot be had. */
  published(): Promise<readonly JWK[]>
}

/** The keys of a client that authenticates with a secret. */
export const NO_KEYS: ClientKeys = {
  signing: async () => [],
  published: async () => [],
}

/** The public half of an RSA or EC key as it is published: by its members' names, so that no private one slips in. */
export function publicJwk({ kty, n, e, crv, x, y }: JWK, { kid, alg }: Pick<SigningKey, 'kid' | 'alg'>): JWK {
  const members = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y }
  return { ...members, kid, alg, use: 'sig' } as JWK
}
