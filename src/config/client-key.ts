import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { Refusal } from './fields.js'

/** A client's private key, fit to sign with (RFC 7518 §3.3, §3.4). */
export interface ClientKey {
  readonly key: KeyObject
  readonly alg: 'RS256' | 'ES256'
  /** As a JWK says it; `undefined` where the key has no name of its own. */
  readonly kid: string | undefined
}

const FEWEST_BITS = 2048

const NO_KEY = new Refusal('must hold a private key: PEM (PKCS#8) or one JWK')
const IS_PUBLIC = new Refusal('holds a public key; Doorward signs with the private one')

/** Reads a private key, PEM or JWK (RFC 7517), or says why it cannot sign. The sentence never holds a part of it. */
export function parseClientKey(text: string): ClientKey | Refusal {
  const trimmed = text.trim()
  return trimmed.startsWith('{') ? parseJwk(trimmed) : parsePem(trimmed)
}

function parsePem(pem: string): ClientKey | Refusal {
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    return new Refusal('is encrypted; store the key without a passphrase (openssl pkcs8 -topk8 -nocrypt)')
  }
  if (/BEGIN (RSA PUBLIC KEY|PUBLIC KEY|CERTIFICATE)/.test(pem) && !pem.includes('PRIVATE KEY'))
    return IS_PUBLIC
  const key = open(() => createPrivateKey({ key: pem, format: 'pem' }))
  return key === undefined ? NO_KEY : judge(key)
}

function parseJwk(text: string): ClientKey | Refusal {
  const jwk = open(() => JSON.parse(text))
  if (jwk === undefined || 'keys' in jwk) return NO_KEY
  const { kty, d, kid, alg } = jwk
  if (['RSA', 'EC', 'OKP'].includes(kty) && d === undefined) return IS_PUBLIC
  const key = open(() => createPrivateKey({ key: jwk, format: 'jwk' }))
  const judged = key === undefined ? NO_KEY : judge(key, kid)
  if (judged instanceof Refusal || alg === undefined || alg === judged.alg) return judged
  return new Refusal(`is not for ${judged.alg}, which is what Doorward signs with such a key`)
}

// What a library says of a broken key may quote it.
function open<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function judge(key: KeyObject, name?: unknown): ClientKey | Refusal {
  const kid = typeof name === 'string' && name !== '' ? name : undefined
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const isRsa = type === 'rsa'
  if (isRsa && (details?.modulusLength ?? 0) < FEWEST_BITS) {
    return new Refusal(`is too weak; an RSA key has ${FEWEST_BITS} bits or more`)
  }
  if (!isRsa && details?.namedCurve !== 'prime256v1')
    return new Refusal('must be an RSA key or an EC key on P-256')
  return isWhole(key) ? { key, alg: isRsa ? 'RS256' : 'ES256', kid } : NO_KEY
}

// A JWK can be patched together from two keys.
function isWhole(key: KeyObject): boolean {
  const text = Buffer.from('doorward')
  const signature = open(() => sign('sha256', text, key))
  return signature !== undefined && verify('sha256', text, createPublicKey(key), signature)
}
