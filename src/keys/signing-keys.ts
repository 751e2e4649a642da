import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'

/** A private key, and the name that those who verify know it by. */
export interface SigningKey {
  readonly kid: string
  readonly alg: 'RS256' | 'ES256' | 'EdDSA'
  readonly key: KeyObject
}

/** The key pairs of one signer: of a client (RFC 7523 §2.2), or of a tenant's identity assertions. */
export interface SigningKeys {
  /** The first one signs; another is for who does not know it yet. Rejects when they cannot be had. */
  signing(): Promise<readonly SigningKey[]>
  /** What is needed to verify: public members only (RFC 7517 §4). Rejects when they cannot be had. */
  published(): Promise<readonly JWK[]>
}

/** The keys of who does not sign. */
export const NO_KEYS: SigningKeys = {
  signing: async () => [],
  published: async () => [],
}

/** The public half of an RSA, EC or OKP key as it is published: by its members' names, so that no private one slips in. */
export function publicJwk(jwk: JWK, { kid, alg }: Pick<SigningKey, 'kid' | 'alg'>): JWK {
  return { ...publicMembers(jwk), kid, alg, use: 'sig' } as JWK
}

function publicMembers({ kty, n, e, crv, x, y }: JWK): JWK {
  if (kty === 'RSA') return { kty, n, e } as JWK
  // RFC 8037 §2: an OKP key has one coordinate.
  return (kty === 'OKP' ? { kty, crv, x } : { kty, crv, x, y }) as JWK
}
