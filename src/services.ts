import type { Logger } from 'pino'
import { compileRules } from './access/rules.js'
import { createAllTenantServices } from './all-tenant-services.js'
import { createSharedCache } from './assertion/assertions.js'
import { type Audit, createAudit } from './audit.js'
import type { Config, Limits } from './config/schema.js'
import type { StoreLocation } from './config/session-store.js'
import { type Configuration, createBuildConfiguration } from './configuration.js'
import { compileIdentityHeaders } from './headers/identity.js'
import { NO_OBSERVER, type Observer } from './observer.js'
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
import { createReadSessionKeys } from './session-keys.js'
import { atOnce, inSlices } from './slices.js'
import type { Tenant } from './tenant/tenant.js'
import type { TenantServices } from './tenant-services.js'

/** What a test may replace; everything else is real. */
export interface Seams {
  readonly log: Logger
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** The rooms as the gate, the routes and operations use them. */
export interface Services {
  readonly pathPrefix: string
  /** Whether only proxies can ask `auth`. */
  readonly isForwardAuth: boolean
  readonly limits: Limits
  /** Of this moment: a request keeps what it began with. */
  current(): Configuration
  readonly store: SessionStore
  readonly sessions: Sessions
  readonly refresher: Refresher
  readonly forms: KeptForms
  readonly sealer: Sealer
  readonly audit: Audit
  readonly observer: Observer
  readonly log: Logger
  readonly now: () => number
  of(tenant: Tenant): TenantServices
  /**
   * Replaces the configuration whole, for requests that begin from then on, except for what `restartOptions` names.
   * Prepared in slices; resolves when it counts.
   */
  apply(config: Config): Promise<void>
  /** Calls the listener whenever another configuration counts. */
  onApply(listener: () => void): void
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
  const readKeys = createReadSessionKeys()
  let keys = readKeys(config)
  const sealer = createSealer(keys)
  const sessions = createSessions({ store, sealer, now, cache: config.session.cache })
  const all = createAllTenantServices({
    store,
    sealer,
    audit,
    observer,
    log,
    now,
    assertionCache: createSharedCache(now),
    rulesOf: onceEach(compileRules),
    headersOf: onceEach(compileIdentityHeaders),
  })
  const refresher = createRefresher({ sessions, store, now, report: refreshReporter(audit, observer) })
  const build = createBuildConfiguration()
  let current = atOnce(build(config))
  let counting = config
  const listeners: (() => void)[] = []

  // Their files may change where nothing else does.
  function renewKeys(changed: Config): void {
    const latest = readKeys(changed)
    if (Buffer.concat(latest).equals(Buffer.concat(keys))) return
    keys = latest
    sealer.replaceKeys(keys)
    log.info({ keys: keys.length }, 'session keys have changed')
  }

  return {
    pathPrefix: config.server.path_prefix,
    isForwardAuth: config.server.forward_auth,
    limits: config.server.limits,
    current: () => current,
    store,
    sessions,
    refresher,
    forms: createKeptForms({ store, sealer, now, lifetime: TRANSACTION_LIFETIME }),
    sealer,
    audit,
    observer,
    log,
    now,
    of: all.of,
    async apply(changed) {
      if (changed === counting) return renewKeys(changed)
      const next = await inSlices(build(changed))
      await inSlices(all.succeed(current.registry, next.registry))
      renewKeys(changed)
      counting = changed
      current = next
      for (const listener of listeners) listener()
    },
    onApply: (listener) => void listeners.push(listener),
    async settle() {
      await Promise.all([refresher.settle(), all.settle(current.registry)])
      // Of what a refresh has brought too late.
      await all.settle(current.registry)
    },
  }
}

// Tenants share what they inherit: a thousand rules are compiled once, not once for each of them.
function onceEach<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, Value>()
  return (key) => {
    const value = made.get(key) ?? make(key)
    made.set(key, value)
    return value
  }
}

// The Redis client is a fifth of what a start loads: only for who has one.
async function openStore(location: StoreLocation, { log, now }: Seams): Promise<SessionStore> {
  if (location.kind === 'memory') return openMemory(now)
  const session = await import('./session/open-store.js')
  return session.openStore(location, { now, report: connectionReporter(log) })
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
