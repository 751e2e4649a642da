import { type Sealer, sealVersion } from '../sealer.js'
import type { SessionHandle } from './cookie.js'
import type { Session } from './session.js'
import type { SessionStore } from './store.js'

/** A sealed session, as the store has it. */
export interface SealedSession {
  readonly text: string
  /** The beginning of the text, which no other has. */
  readonly version: string
}

/** Sessions as sealed records: each opens with a key of the ring and its cookie, at its tenant, under its id. */
export interface SessionRecords {
  /** The name of a session's record in the store. */
  name(tenant: string, id: string): string
  seal(tenant: string, key: SessionHandle, session: Session): SealedSession
  /** Resolves `undefined` when there is no record that this key opens. */
  read(tenant: string, key: SessionHandle): Promise<{ session: Session; version: string } | undefined>
}

const PREFIX = 'session:'

/** The session's id in the name of a record; `undefined` for a record of another kind. */
export const idOfRecord = (name: string): string | undefined =>
  name.startsWith(PREFIX) ? name.slice(name.lastIndexOf(':') + 1) : undefined

/** Builds the records of a store. */
export function createSessionRecords(store: SessionStore, sealer: Sealer): SessionRecords {
  const name: SessionRecords['name'] = (tenant, id) => `${PREFIX}${tenant}:${id}`
  const sealing = (tenant: string, key: SessionHandle) =>
    ({ purpose: 'session', context: [tenant, key.id], secret: key.secret }) as const
  return {
    name,
    seal(tenant, key, session) {
      const text = sealer.seal(JSON.stringify(session), sealing(tenant, key))
      return { text, version: sealVersion(text) }
    },
    async read(tenant, key) {
      const sealed = await store.get(name(tenant, key.id))
      const text = sealed && sealer.open(sealed, sealing(tenant, key))
      if (!sealed || !text) return undefined
      return { session: JSON.parse(text) as Session, version: sealVersion(sealed) }
    },
  }
}
