import { DoorwardError } from '../errors.js'
import { type Purpose, type Sealer, sealVersion } from '../sealer.js'
import type { SessionStore } from './store.js'

/** One sealed text in the store, which all processes share. */
export interface SealedRecord {
  /**
   * `undefined` only when there is none. Rejects with `session_store_unavailable` when the store could not answer, and
   * with `internal_error` when no session key opens what is there. What an old session key has sealed is sealed anew at
   * once, so that the old one can go.
   */
  read(): Promise<{ readonly text: string; readonly version: string } | undefined>
  /** Writes over that version, or where none is; `false` when another process was faster. */
  write(text: string, version: string | undefined): Promise<boolean>
}

interface SealedRecordOptions {
  readonly store: SessionStore
  readonly sealer: Sealer
  readonly purpose: Purpose
  readonly tenant: string
  /** Milliseconds. */
  readonly ttl: number
}

/** Opens the record of a purpose and tenant, to which its seal is bound. */
export function openSealedRecord({ store, sealer, purpose, tenant, ttl }: SealedRecordOptions): SealedRecord {
  const key = `${purpose}:${tenant}`
  const sealing = { purpose, context: [tenant] } as const

  const swap = (version: string, sealed: string) => store.swap(key, version, sealed, ttl)

  async function renewSeal(text: string, version: string): Promise<string> {
    const sealed = sealer.seal(text, sealing)
    // Reading does not depend on it: the next one tries again, and who was faster has sealed it too.
    return (await swap(version, sealed).catch(() => false)) ? sealVersion(sealed) : version
  }

  return {
    async read() {
      const sealed = await store.get(key)
      if (sealed === undefined) return undefined
      const text = sealer.open(sealed, sealing)
      if (text !== undefined) {
        const version = sealVersion(sealed)
        return { text, version: sealer.isCurrent(sealed) ? version : await renewSeal(text, version) }
      }
      // Not overwritten: it is more likely that this process lacks a session key than that everybody does.
      const reason = `no session key opens the record ${key} of the store: bring the key back, or delete the record`
      throw new DoorwardError('internal_error', { reason })
    },
    write(text, version) {
      const sealed = sealer.seal(text, sealing)
      return version === undefined ? store.add(key, sealed, ttl) : swap(version, sealed)
    },
  }
}
