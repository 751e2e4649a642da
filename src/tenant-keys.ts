import type { Audit, AuditEvent } from './audit.js'
import type { TenantConfig } from './config/schema.js'
import type { RingAlg } from './keys/key-ring.js'
import { createManagedKeys } from './keys/managed-keys.js'
import { NO_KEYS, type SigningKeys } from './keys/signing-keys.js'
import { createFileKeys } from './oidc/client-key-file.js'
import type { Sealer } from './sealer.js'
import { openSealedRecord } from './session/sealed-record.js'
import type { SessionStore } from './session/store.js'

interface Shared {
  readonly store: SessionStore
  readonly sealer: Sealer
  readonly audit: Audit
  readonly now: () => number
}

interface Signer {
  readonly purpose: 'client-key' | 'assertion-key'
  readonly alg: RingAlg
  readonly event: AuditEvent
  /** Who signs, for the log. */
  readonly name: string
}

/** Milliseconds: a year, after which an idle tenant starts anew; what is in use is written each month. */
const KEY_RING_LIFETIME = 31_536_000_000

const CLIENT: Signer = { purpose: 'client-key', alg: 'RS256', event: 'client.rotated', name: 'the client' }

/** The keys with which a tenant's client authenticates; none where it has a secret. */
export function createClientKeys(tenant: TenantConfig, shared: Shared): SigningKeys {
  if (tenant.client_key === undefined) return NO_KEYS
  if (tenant.client_key !== 'managed') return createFileKeys(tenant.client_key)
  return managedKeys(tenant, CLIENT, shared)
}

/** The keys with which a tenant's identity assertions are signed. */
export const createAssertionKeys = (tenant: TenantConfig, shared: Shared): SigningKeys =>
  managedKeys(
    tenant,
    {
      purpose: 'assertion-key',
      alg: tenant.assertion_signing_alg,
      event: 'assertion.rotated',
      name: '$assertion',
    },
    shared,
  )

function managedKeys({ id: tenant }: TenantConfig, signer: Signer, { store, sealer, audit, now }: Shared) {
  const { purpose, alg, event, name } = signer
  return createManagedKeys({
    record: openSealedRecord({ store, sealer, purpose, tenant, ttl: KEY_RING_LIFETIME }),
    alg,
    now,
    rotated: (kid) => audit(event, { tenant, reason: `${name} signs with the key ${kid} from now on` }),
  })
}
