import type { Logger } from 'pino'
import type { Rules } from './access/rules.js'
import type { AssertionCache } from './assertion/assertion-cache.js'
import { NEEDED_CLAIMS } from './assertion/assertion-claims.js'
import { type Assertions, createAssertions } from './assertion/assertions.js'
import type { Audit } from './audit.js'
import { sameSetting } from './config/same-setting.js'
import type { TenantConfig } from './config/schema.js'
import type { IdentityHeaders } from './headers/identity.js'
import type { SigningKeys } from './keys/signing-keys.js'
import type { Observer } from './observer.js'
import { clientNames, isSameClient } from './oidc/client-identity.js'
import { createPersistence, type Persistence } from './oidc/logout-revocation.js'
import { createProvider, type Provider } from './oidc/provider.js'
import type { ProviderReport } from './oidc/provider-report.js'
import { createRelyingParty, type RelyingParty } from './oidc/relying-party.js'
import type { Sealer } from './sealer.js'
import type { SessionOwner } from './session/sessions.js'
import type { SessionStore } from './session/store.js'
import { createAssertionKeys, createClientKeys } from './tenant-keys.js'

/** The parts of one tenant, built once, when they are first asked for. */
export interface TenantServices {
  readonly owner: SessionOwner
  readonly provider: Provider
  readonly relyingParty: RelyingParty
  readonly revocations: Persistence
  readonly clientKeys: SigningKeys
  /** `undefined` where no header asks for them. */
  readonly assertions: Assertions | undefined
  readonly identityHeaders: IdentityHeaders
  readonly rules: Rules
}

/** What the parts of all tenants share. */
export interface SharedServices {
  readonly store: SessionStore
  readonly sealer: Sealer
  readonly audit: Audit
  readonly observer: Observer
  readonly log: Logger
  readonly now: () => number
  readonly assertionCache: AssertionCache
  rulesOf(rules: TenantConfig['rules']): Rules
  headersOf(headers: TenantConfig['headers']): IdentityHeaders
}

/** The same tenant in the configuration before. */
export interface Predecessor {
  readonly config: TenantConfig
  readonly services: TenantServices
}

/**
 * Builds the parts of a tenant. What its predecessor knows of its provider and its keys lives on where it concerns the
 * same client; so do the revocations under way, in any case.
 */
export function createTenantServices(
  tenant: TenantConfig,
  shared: SharedServices,
  before?: Predecessor,
): TenantServices {
  const { now } = shared
  const known = before !== undefined && isSameClient(before.config, tenant) ? before.services : undefined
  const clientKeys = known?.clientKeys ?? createClientKeys(tenant, shared)
  const provider =
    known?.provider ??
    createProvider(tenant, { now, keys: clientKeys, report: providerReporter(tenant.id, shared) })
  const revocations = before?.services.revocations ?? createPersistence()
  const identityHeaders = shared.headersOf(tenant.headers)
  const rules = shared.rulesOf(tenant.rules)
  const { usesAssertion } = identityHeaders
  // Universal Logout names people by mail address, so it is asked for where it may be had.
  const neededClaims = [
    ...identityHeaders.neededClaims,
    ...rules.neededClaims,
    ...(usesAssertion ? NEEDED_CLAIMS : []),
    ...(tenant.scopes.includes('email') ? ['email'] : []),
  ]
  return {
    owner: { id: tenant.id, clients: clientNames(tenant), lifetimes: tenant.session },
    provider,
    relyingParty: createRelyingParty({ tenant, provider, neededClaims, now }, revocations),
    revocations,
    clientKeys,
    assertions: usesAssertion ? assertionsOf(tenant, shared, before) : undefined,
    identityHeaders,
    rules,
  }
}

function assertionsOf(tenant: TenantConfig, shared: SharedServices, before?: Predecessor): Assertions {
  const signer = ({ assertion_signing_alg, origins }: TenantConfig) => [assertion_signing_alg, origins[0]]
  const isSame = before !== undefined && sameSetting(signer(before.config), signer(tenant))
  const known = isSame ? before.services.assertions : undefined
  const { assertionCache: cache, now } = shared
  return known ?? createAssertions(tenant, { keys: createAssertionKeys(tenant, shared), cache, now })
}

const providerReporter = (tenant: string, { audit, observer, log, now }: SharedServices): ProviderReport => ({
  keysRefreshed: (reason) => audit('keys.refreshed', { tenant, reason }),
  credentialsTaken: (reason) => log.info({ tenant, reason }, 'client credentials accepted'),
  credentialsRefused: (reason) => log.warn({ tenant, reason }, 'client credentials refused'),
  metadataKept: (reason) =>
    log.warn({ tenant, reason }, 'provider metadata kept from before; read again in an hour'),
  called: (endpoint, outcome, time) => observer.providerCalled(tenant, endpoint, outcome, time),
  keysRead: () => observer.keysRead(tenant, now()),
})
