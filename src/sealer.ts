import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** What a sealed text is for; every purpose has keys of its own, so one can never be passed off as another. */
export type Purpose =
  | 'session'
  | 'transaction'
  | 'authorization-response'
  | 'client-key'
  | 'assertion-key'
  | 'form'

interface Sealing {
  readonly purpose: Purpose
  /** What the text is bound to (tenant, record id …); opening demands the same. */
  readonly context: readonly string[]
  /** A further half of the key that the keeper of the ciphertext does not have. */
  readonly secret?: Buffer
}

/** Authenticated encryption under a ring of keys: the first seals, all open. */
export interface Sealer {
  /** The text as base64url of version, key id, nonce, tag and AES-256-GCM ciphertext. */
  seal(plaintext: string, sealing: Sealing): string
  /** Returns `undefined` for anything that this ring did not seal for exactly this purpose and context. */
  open(sealed: string, sealing: Sealing): string | undefined
  /** Whether the first key has sealed what this ring opens, so that it outlives the others. */
  isCurrent(sealed: string): boolean
  /**
   * Names that say nothing about the words without the keys: one for each key of the ring, that of the sealing key
   * first. Equal words have equal names.
   */
  blind(words: readonly string[]): string[]
  /** Goes on with other keys; throws without one. What none of them has sealed is not opened any more. */
  replaceKeys(keys: readonly Buffer[]): void
}

const VERSION = 1
const KEY_ID_BYTES = 4
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES

const HEADER_LENGTH = Math.ceil((HEADER_BYTES * 4) / 3)
const NAME_BYTES = 16

/** The beginning of a sealed text, which no other has: its nonce and tag are in it. */
export const sealVersion = (sealed: string): string => sealed.slice(0, HEADER_LENGTH)

interface RingKey {
  readonly id: Buffer
  readonly material: Buffer
  readonly blinding: Buffer
}

const toRingKey = (material: Buffer): RingKey => ({
  id: Buffer.from(hkdfSync('sha256', material, '', 'doorward key id', KEY_ID_BYTES)),
  material,
  blinding: Buffer.from(hkdfSync('sha256', material, '', 'doorward names', 32)),
})

// RFC 5869: the purpose separates the keys, the secret is the salt.
const deriveKey = (key: RingKey, { purpose, secret }: Sealing): Buffer =>
  Buffer.from(hkdfSync('sha256', key.material, secret ?? '', `doorward ${purpose}`, 32))

// JSON keeps ["a","b"] and ["a,b"] apart, which joining would not.
const associatedData = ({ purpose, context }: Sealing): Buffer =>
  Buffer.from(JSON.stringify([purpose, ...context]))

const keyIdOf = (bytes: Buffer): Buffer => bytes.subarray(1, 1 + KEY_ID_BYTES)

const blind = ({ blinding }: RingKey, words: readonly string[]): string =>
  createHmac('sha256', blinding)
    .update(JSON.stringify(words))
    .digest()
    .subarray(0, NAME_BYTES)
    .toString('base64url')

/** Builds the sealer of a key ring; each key has 32 bytes, the first one seals. Throws without a key. */
export function createSealer(keys: readonly Buffer[]): Sealer {
  let { ring, sealingKey } = toRing(keys)
  return {
    seal(plaintext, sealing) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', deriveKey(sealingKey, sealing), nonce)
      cipher.setAAD(associatedData(sealing))
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return Buffer.concat([
        Buffer.from([VERSION]),
        sealingKey.id,
        nonce,
        cipher.getAuthTag(),
        ciphertext,
      ]).toString('base64url')
    },
    open(sealed, sealing) {
      const bytes = decodeBase64url(sealed)
      if (bytes === undefined || bytes.length < HEADER_BYTES || bytes[0] !== VERSION) return undefined
      const keyId = keyIdOf(bytes)
      const key = ring.find((candidate) => candidate.id.equals(keyId))
      return key && decrypt(bytes, deriveKey(key, sealing), associatedData(sealing))
    },
    isCurrent: (sealed) => keyIdOf(Buffer.from(sealed, 'base64url')).equals(sealingKey.id),
    blind: (words) => ring.map((key) => blind(key, words)),
    replaceKeys(others) {
      ;({ ring, sealingKey } = toRing(others))
    },
  }
}

function toRing(keys: readonly Buffer[]): { ring: RingKey[]; sealingKey: RingKey } {
  const ring = keys.map(toRingKey)
  const [sealingKey] = ring
  if (sealingKey === undefined) throw new TypeError('a sealer needs at least one key')
  return { ring, sealingKey }
}

function decrypt(bytes: Buffer, key: Buffer, aad: Buffer): string | undefined {
  const nonceStart = 1 + KEY_ID_BYTES
  const tagStart = nonceStart + NONCE_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(nonceStart, tagStart), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(aad)
  decipher.setAuthTag(bytes.subarray(tagStart, HEADER_BYTES))
  try {
    return decipher.update(bytes.subarray(HEADER_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return undefined
  }
}

/**
 * The bytes of a base64url text, `undefined` where another text would give the same bytes: a cookie has one
 * spelling, so a changed one is never accepted.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** A short name for a secret-bearing id that may stand in logs: it cannot be turned back. */
export const fingerprint = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 16)
