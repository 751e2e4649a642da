import { importJWK, type JWK } from 'jose'
import type { ServerMetadata } from 'openid-client'
import { algorithmsOf, fetchKeys } from './key-set.js'

/** Which of a provider's published keys can verify what it says it signs; rejects when they cannot be had. */
export async function probeKeys(metadata: ServerMetadata, timeout: number): Promise<readonly JWK[]> {
  const { keys } = await fetchKeys(metadata, timeout)
  const algorithms = algorithmsOf(metadata)
  const published = keys.jwks().keys
  const usable = await Promise.all(published.map((key) => isUsable(key, algorithms)))
  return published.filter((_key, index) => usable[index])
}

// RFC 7517 §4.2 to §4.4: what a key says it is for; silence allows everything.
async function isUsable(key: JWK, algorithms: readonly string[]): Promise<boolean> {
  if (key.use !== undefined && key.use !== 'sig') return false
  if (key.key_ops !== undefined && !key.key_ops.includes('verify')) return false
  const candidates = key.alg === undefined ? algorithms : algorithms.filter((name) => name === key.alg)
  const imports = await Promise.all(candidates.map((algorithm) => canImport(key, algorithm)))
  return imports.includes(true)
}

// `importJWK` takes a symmetric key for any algorithm and gives its bytes.
async function canImport(key: JWK, algorithm: string): Promise<boolean> {
  try {
    return !((await importJWK(key, algorithm)) instanceof Uint8Array)
  } catch {
    return false
  }
}
