import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { compileRules, type Rules } from './access/rules.js'
import type { AssertionCache } from './assertion/assertion-cache.js'
import { NEEDED_CLAIMS } from './assertion/assertion-claims.js'
import { type Assertions, createAssertions, createSharedCache } from './assertion/assertions.js'
import { type Audit, createAudit } from './audit.js'
import { DEFAULT_HEADERS } from './config/header-schema.js'
import type { Config, Limits, TenantConfig } from './config/schema.js'
import type { StoreLocation } from './config/session-store.js'
import { compileTrustedProxies, type TrustedProxies } from './headers/forwarded.js'
import { createHeaderHygiene, type HeaderHygiene } from './headers/hygiene.js'
import { compileIdentityHeaders, type IdentityHeaders } from './headers/identity.js'
import type { SigningKeys } from './keys/signing-keys.js'
import { NO_OBSERVER, type Observer } from './observer.js'
import { createProvider } from './oidc/provider.js'
import type { ProviderReport } from './oidc/provider-report.js'
import { createRelyingParty, type RelyingParty } from './oidc/relying-party.js'
import { TRANSACTION_LIFETIME } from './oidc/transaction.js'
import { createSealer, type Sealer } from './sealer.js'
import { createKeptForms, type KeptForms } from './session/kept-forms.js'
import { observeStore } from './session/observed-store.js'
import { openMemory } from './session/open-memory.js'
import { createRefresher, type Refresher } from './session/refresher.js'
import type { RefreshReporter } from './session/rotation.js'
import type { Session } from './session/session.js'
import { createSessions, type SessionOwner, type Sessions } from './session/sessions.js'
import type { SessionStore } from './session/store.js'
import { storeAdvice } from './session/store-advice.js'
import { createTenantRegistry, type TenantRegistry } from './tenant/registry.js'
import type { Tenant } from './tenant/tenant.js'
import { createAssertionKeys, createClientKeys } from './tenant-keys.js'

/** What a test may replace; everything else is real. */
export interface Seams {
  readonly log: Logger
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** The parts of one tenant, built once, when they are first asked for. */
export interface TenantServices {
  readonly owner: SessionOwner
  readonly relyingParty: RelyingParty
  readonly clientKeys: SigningKeys
  /** `undefined` where no header asks for them. */
  readonly assertions: Assertions | undefined
  readonly identityHeaders: IdentityHeaders
  readonly rules: Rules
}

/** The rooms as the gate, the routes and operations use them. */
export interface Services {
  readonly pathPrefix: string
  /** Whether only proxies can ask `auth`. */
  readonly isForwardAuth: boolean
  readonly limits: Limits
  readonly registry: TenantRegistry
  readonly store: SessionStore
  readonly sessions: Sessions
  readonly refresher: Refresher
  readonly forms: KeptForms
  readonly sealer: Sealer
  readonly hygiene: HeaderHygiene
  readonly trustedProxies: TrustedProxies
  readonly audit: Audit
  readonly observer: Observer
  readonly log: Logger
  readonly now: () => number
  of(tenant: Tenant): TenantServices
  /** Resolves when no refresh and no revocation is under way any more; what waits for another try gets it now. */
  settle(): Promise<void>
}

/** Builds the rooms of a configuration; resolves without waiting for anybody to be connected. */
export async function createServices(
  config: Config,
  { log, now }: Seams,
  observer: Observer = NO_OBSERVER,
): Promise<Services> {
  const audit = createAudit(log)
  const store = observeStore(await openStore(config.session.store, { log, now }), observer.storeAsked)
  const sealer = createSealer(sessionKeys(config))
  const sessions = createSessions({ store, sealer, now, cache: config.session.cache })
  const assertionCache = createSharedCache(now)
  const shared = {
    store,
    sealer,
    audit,
    observer,
    log,
    now,
    assertionCache,
    rulesOf: onceEach(compileRules),
    headersOf: onceEach(compileIdentityHeaders),
  }
  const parts = new Map<Tenant, TenantServices>()
  const refresher = createRefresher({ sessions, store, now, report: refreshReporter(audit, observer) })
  const settleRevocations = () =>
    Promise.all([...parts.values()].map(({ relyingParty }) => relyingParty.settle()))
  return {
    pathPrefix: config.server.path_prefix,
    isForwardAuth: config.server.forward_auth,
    limits: config.server.limits,
    registry: createTenantRegistry(config.tenants),
    store,
    sessions,
    refresher,
    forms: createKeptForms({ store, sealer, now, lifetime: TRANSACTION_LIFETIME }),
    sealer,
    hygiene: createHeaderHygiene([
      // Also where no tenant sets them: tomorrow's configuration may.
      ...Object.keys(DEFAULT_HEADERS),
      ...config.tenants.flatMap(({ headers }) => Object.keys(headers)),
    ]),
    trustedProxies: compileTrustedProxies(config.server.trusted_proxies),
    audit,
    observer,
    log,
    now,
    of(tenant) {
      const known = parts.get(tenant)
      if (known !== undefined) return known
      // Nothing of a tenant runs before its first request: of ten thousand, most are idle.
      const made = createTenantServices(tenant.config, shared)
      parts.set(tenant, made)
      return made
    },
    async settle() {
      await Promise.all([refresher.settle(), settleRevocations()])
      // Of what a refresh has brought too late.
      await settleRevocations()
    },
  }
}

interface Shared extends Pick<Services, 'store' | 'sealer' | 'audit' | 'observer' | 'log' | 'now'> {
  readonly assertionCache: AssertionCache
  rulesOf(rules: TenantConfig['rules']): Rules
  headersOf(headers: TenantConfig['headers']): IdentityHeaders
}

// Tenants share what they inherit: a thousand rules are compiled once, not once for each of them.
function onceEach<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>()
  return (key) => {
    const value = made.get(key) ?? make(key)
    made.set(key, value)
    return value
  }
}

function createTenantServices(tenant: TenantConfig, shared: Shared): TenantServices {
  const { now } = shared
  const clientKeys = createClientKeys(tenant, shared)
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
  const provider = createProvider(tenant, {
    now,
    keys: clientKeys,
    report: providerReporter(tenant.id, shared),
  })
  return {
    owner: { id: tenant.id, lifetimes: tenant.session },
    relyingParty: createRelyingParty({ tenant, provider, neededClaims, now }),
    clientKeys,
    assertions: usesAssertion
      ? createAssertions(tenant, {
          keys: createAssertionKeys(tenant, shared),
          cache: shared.assertionCache,
          now,
        })
      : undefined,
    identityHeaders,
    rules,
  }
}

// The Redis client is a fifth of what a start loads: only for who has one.
async function openStore(location: StoreLocation, { log, now }: Seams): Promise<SessionStore> {
  if (location.kind === 'memory') return openMemory(now)
  const session = await import('./session/open-store.js')
  return session.openStore(location, { now, report: connectionReporter(log) })
}

// With memory: sessions end with the process anyway, so its key may too.
function sessionKeys({ session }: Config): Buffer[] {
  const keys = session.keys.map((key) => Buffer.from(key.reveal(), 'base64'))
  return keys.length > 0 ? keys : [randomBytes(32)]
}

const connectionReporter = (log: Logger) => ({
  lost(error: Error) {
    log.error(
      { reason: error.message, advice: storeAdvice(error) },
      'session store connection lost; reconnecting',
    )
  },
  restored: () => log.info('session store connection restored'),
})

const providerReporter = (tenant: string, { audit, observer, log, now }: Shared): ProviderReport => ({
  keysRefreshed: (reason) => audit('keys.refreshed', { tenant, reason }),
  credentialsTaken: (reason) => log.info({ tenant, reason }, 'client credentials accepted'),
  credentialsRefused: (reason) => log.warn({ tenant, reason }, 'client credentials refused'),
  metadataKept: (reason) =>
    log.warn({ tenant, reason }, 'provider metadata kept from before; read again in an hour'),
  called: (endpoint, outcome, time) => observer.providerCalled(tenant, endpoint, outcome, time),
  keysRead: () => observer.keysRead(tenant, now()),
})

function refreshReporter(audit: Audit, observer: Observer): RefreshReporter {
  const whose = ({ id: tenant }: SessionOwner, { id, identity }: Session) => ({
    tenant,
    user: identity.sub,
    session: id,
  })
  return {
    refreshed(owner, session, reason) {
      observer.refreshed(owner.id, reason === undefined ? 'refreshed' : 'unconfirmed')
      audit('session.refreshed', { ...whose(owner, session), ...(reason === undefined ? {} : { reason }) })
    },
    failed(owner, session, reason) {
      observer.refreshed(owner.id, 'failed')
      audit('session.refresh_failed', { ...whose(owner, session), reason })
    },
    ended(owner, session, reason) {
      observer.refreshed(owner.id, 'ended')
      observer.sessionEnded(owner.id, 'provider')
      audit('session.ended', { ...whose(owner, session), reason })
    },
    settled: observer.leaseSettled,
  }
}
