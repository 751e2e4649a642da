import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import { parseClientKey } from '../config/client-key.js'
import { Refusal } from '../config/fields.js'
import type { Secret } from '../config/secret.js'
import { publicJwk, type SigningKey, type SigningKeys } from '../keys/signing-keys.js'

interface Loaded {
  readonly text: string
  readonly key: SigningKey
  readonly jwk: JWK
}

/** The key pair of a file, which is followed: a new key signs as soon as it is there. */
export function createFileKeys(file: Secret): SigningKeys {
  let loaded: Loaded | undefined

  async function current(): Promise<Loaded> {
    const text = file.reveal()
    if (loaded?.text !== text) loaded = await load(text)
    return loaded
  }

  return {
    signing: async () => [(await current()).key],
    published: async () => [(await current()).jwk],
  }
}

async function load(text: string): Promise<Loaded> {
  const parsed = parseClientKey(text)
  // The configuration has judged it, and a file that changes into something else keeps its last good text.
  if (parsed instanceof Refusal) throw new TypeError(`the client key ${parsed.sentence}`)
  const jwk = await exportJWK(parsed.key)
  const { alg } = parsed
  // RFC 7638: whoever registers the public half finds the same name.
  const kid = parsed.kid ?? (await calculateJwkThumbprint(jwk))
  return { text, key: { kid, alg, key: parsed.key }, jwk: publicJwk(jwk, { kid, alg }) }
}
