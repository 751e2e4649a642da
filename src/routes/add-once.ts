import { TRANSACTION_LIFETIME } from '../oidc/transaction.js'
import type { Services } from '../services.js'

/**
 * Notes in the store that something happened, for ten minutes; `false` when it had happened before. Where the store
 * does not answer, what reaches it late is taken back, so that the browser may try again; throws
 * `session_store_unavailable`.
 */
export async function addOnce({ store }: Pick<Services, 'store'>, name: string): Promise<boolean> {
  try {
    return await store.add(name, '1', TRANSACTION_LIFETIME)
  } catch (error) {
    store.delete(name).catch(() => undefined)
    throw error
  }
}
