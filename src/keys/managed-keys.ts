import { createPrivateKey } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import {
  EMPTY_RING,
  type KeyRing,
  planRing,
  type RingAlg,
  type RingKey,
  retiringKey,
  signingKey,
  withKey,
} from './key-ring.js'
import { publicJwk, type SigningKey, type SigningKeys } from './signing-keys.js'

/** Where the key ring of one signer is kept, so that all processes sign with the same keys. */
export interface KeyRingRecord {
  /** `undefined` only when there is none yet; rejects when that cannot be told, or when it cannot be opened. */
  read(): Promise<{ readonly text: string; readonly version: string } | undefined>
  /** Writes over `version`, or where none is; `false` when another process was faster. */
  write(text: string, version: string | undefined): Promise<boolean>
}

interface ManagedKeysOptions {
  readonly record: KeyRingRecord
  readonly alg: RingAlg
  readonly now: () => number
  /** Hears once, over all processes, that another key signs. */
  readonly rotated: (kid: string) => void
}

interface Held {
  readonly ring: KeyRing
  readonly signing: readonly SigningKey[]
}

/** Milliseconds after which the ring is read again by who needs it: another process may have changed it. */
const REREAD = 60_000
const MOST_ATTEMPTS = 5

/**
 * The keys that Doorward makes, keeps and rotates for a signer; nothing happens before somebody needs them. A record
 * that is gone is written back by a process that still holds its keys: who deletes it to have other keys has to restart
 * all processes too.
 */
export function createManagedKeys({ record, alg, now, rotated }: ManagedKeysOptions): SigningKeys {
  let held: Held | undefined
  let readAt = 0
  let reading: Promise<Held> | undefined

  async function read(): Promise<Held> {
    readAt = now()
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const stored = await record.read()
      // Those who verify know the keys that a store has lost; new ones would sign before anybody has seen them.
      const before = stored === undefined ? (held?.ring ?? EMPTY_RING) : (JSON.parse(stored.text) as KeyRing)
      const { ring, promoted } = await turn(before, alg, now())
      if (ring === before && stored !== undefined) return hold(ring)
      if (await record.write(JSON.stringify(ring), stored?.version)) {
        if (promoted !== undefined) rotated(promoted.kid)
        return hold(ring)
      }
    }
    throw new Error('the managed keys change without end')
  }

  function hold(ring: KeyRing): Held {
    const keys = [signingKey(ring), retiringKey(ring)].filter((key) => key !== undefined)
    held = { ring, signing: keys.map(toSigningKey) }
    return held
  }

  async function current(): Promise<Held> {
    const known = held
    if (known !== undefined && now() < readAt + REREAD) return known
    reading ??= read().finally(() => {
      reading = undefined
    })
    // A store that does not answer leaves the known keys good.
    return known === undefined ? reading : reading.catch(() => known)
  }

  return {
    signing: async () => (await current()).signing,
    published: async () => (await current()).ring.keys.map((key) => publicJwk(key.jwk, key)),
  }
}

async function turn(before: KeyRing, alg: RingAlg, now: number) {
  const { ring, needsKey, promoted } = planRing(before, alg, now)
  if (!needsKey) return { ring, promoted }
  const grown = withKey(ring, await makeKey(alg), now)
  return { ring: grown, promoted: promoted ?? (ring.keys.length === 0 ? signingKey(grown) : undefined) }
}

async function makeKey(alg: RingAlg): Promise<Pick<RingKey, 'kid' | 'alg' | 'jwk'>> {
  // EdDSA is on Ed25519 (RFC 8037); the length is for RSA.
  const { privateKey } = await generateKeyPair(alg, { modulusLength: 2048, extractable: true })
  const jwk = await exportJWK(privateKey)
  return { kid: await calculateJwkThumbprint(jwk), alg, jwk }
}

const toSigningKey = ({ kid, alg, jwk }: RingKey): SigningKey => ({
  kid,
  alg,
  key: createPrivateKey({ key: { ...jwk }, format: 'jwk' }),
})
