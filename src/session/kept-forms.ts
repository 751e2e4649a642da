import { createHash, randomBytes } from 'node:crypto'
import { decodeBase64url, type Sealer } from '../sealer.js'
import { type Allowance, createAllowance } from './allowance.js'
import type { SessionStore } from './store.js'

/** A form that met an ended session. */
export interface KeptForm {
  /** Where it goes, path and query; judged, see `judgeReturnTo`. */
  readonly path: string
  /** Its body in base64, which no byte makes longer than others. */
  readonly body: string
  /** Whether a page of the site itself is known to have sent it. */
  readonly is_own: boolean
  /** The `sub` of whom it was sent by, where that is known. */
  readonly user?: string
}

/** Forms of people who sign in. The methods that promise reject with `session_store_unavailable` when the store is down. */
export interface KeptForms {
  /** Whether this process may keep so many bytes more: who has no session must not be able to fill the store. */
  readonly allows: Allowance
  /** Keeps a form and resolves its ticket, the half of its key that the store never sees. */
  keep(tenant: string, form: KeptForm): Promise<string>
  /** Resolves `undefined` when there is no form that the ticket opens at this tenant. */
  read(tenant: string, ticket: string): Promise<KeptForm | undefined>
  forget(tenant: string, ticket: string): Promise<void>
}

interface KeptFormsOptions {
  readonly store: SessionStore
  readonly sealer: Sealer
  readonly now: () => number
  /** Milliseconds. */
  readonly lifetime: number
}

/** Bytes: thousands of common forms within a login's time, and no tenant can take the room of all others. */
const ROOM_OF_TENANT = 8 * 1024 * 1024
const ROOM = 8 * ROOM_OF_TENANT

const TICKET_BYTES = 32
const ID_DIGITS = 32

/** Builds the keeping of forms over a store. */
export function createKeptForms({ store, sealer, now, lifetime }: KeptFormsOptions): KeptForms {
  function recordOf(tenant: string, ticket: string) {
    const secret = decodeBase64url(ticket) ?? Buffer.alloc(0)
    const id = createHash('sha256').update(secret).digest('hex').slice(0, ID_DIGITS)
    return {
      name: `form:${tenant}:${id}`,
      sealing: { purpose: 'form', context: [tenant, id], secret } as const,
    }
  }

  return {
    allows: createAllowance({ perTenant: ROOM_OF_TENANT, total: ROOM, window: lifetime }, now),
    async keep(tenant, form) {
      const ticket = randomBytes(TICKET_BYTES).toString('base64url')
      const { name, sealing } = recordOf(tenant, ticket)
      await store.set(name, sealer.seal(JSON.stringify(form), sealing), lifetime)
      return ticket
    },
    async read(tenant, ticket) {
      const { name, sealing } = recordOf(tenant, ticket)
      const sealed = await store.get(name)
      const text = sealed && sealer.open(sealed, sealing)
      return text ? (JSON.parse(text) as KeptForm) : undefined
    },
    forget: (tenant, ticket) => store.delete(recordOf(tenant, ticket).name),
  }
}
