import type { TenantConfig } from '../config/schema.js'
import type { Provider } from './provider.js'

/** What every conversation of one tenant's client with its provider needs. */
export interface ClientContext {
  readonly tenant: TenantConfig
  readonly provider: Provider
  /** Claim paths that this tenant's headers read. */
  readonly neededClaims: readonly string[]
  readonly now: () => number
}
