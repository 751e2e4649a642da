import { randomBytes } from 'node:crypto'
import { TRANSACTION_LIFETIME } from '../oidc/transaction.js'
import type { Services } from '../services.js'

/**
 * Notes in the store that something happened, for so many milliseconds, ten minutes where it is not said; `false` when
 * it had happened before. Where the store does not answer, what reaches it late is taken back, so that whoever it was
 * may try again; throws `session_store_unavailable`.
 */
export async function addOnce(
  { store }: Pick<Services, 'store'>,
  name: string,
  lifetime = TRANSACTION_LIFETIME,
): Promise<boolean> {
  // Of this attempt alone: what another has noted meanwhile is not taken back.
  const attempt = randomBytes(16).toString('base64url')
  try {
    return await store.add(name, attempt, lifetime)
  } catch (error) {
    store.remove(name, attempt).catch(() => undefined)
    throw error
  }
}
