import type { CallOutcome, ProviderEndpoint } from '../observer.js'

/**
 * Hears what an operator should know of a provider although no sign-in or refresh has failed for it; each reason is a
 * sentence for the log that holds no secret, and is said once for as long as it stays true.
 */
export interface ProviderReport {
  /** The first signing keys are known, or others than before. */
  keysRefreshed(reason: string): void
  /** Other credentials of the client are in use than before. */
  credentialsTaken(reason: string): void
  /** The provider refuses some credentials of the client and takes others. */
  credentialsRefused(reason: string): void
  /** Metadata could not be read anew, so that those from before stay in use. */
  metadataKept(reason: string): void
  /** For the figures: how the provider has taken a call, and after how many milliseconds. */
  called(endpoint: ProviderEndpoint, outcome: CallOutcome, time: number): void
  /** For the figures: the signing keys were read, whether or not they are others than before. */
  keysRead(): void
}

/** Tells nobody. */
export const NO_REPORT: ProviderReport = {
  keysRefreshed: () => undefined,
  credentialsTaken: () => undefined,
  credentialsRefused: () => undefined,
  metadataKept: () => undefined,
  called: () => undefined,
  keysRead: () => undefined,
}
