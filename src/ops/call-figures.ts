import type { Registry } from 'prom-client'
import type { LeaseOutcome, Observer, ProviderEndpoint, StoreOperation } from '../observer.js'
import type { Steps } from '../slices.js'
import { createFamily } from './metric-family.js'
import { createSpreads } from './metric-spread.js'

const STORE_BUCKETS = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]
const PROVIDER_BUCKETS = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000]
const LEASE_BUCKETS = [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]

const ENDPOINTS = '"discovery", "jwks", "token", "userinfo" or "revocation"'

type CallObserver = Pick<Observer, 'storeAsked' | 'leaseSettled' | 'providerCalled' | 'keysRead'>

/** Figures of what Doorward itself depends on: the session store and the providers. */
export function createCallFigures(registry: Registry): {
  observer: CallObserver
  forget(tenants: ReadonlySet<string>): Steps<void>
} {
  const storeTimes = createSpreads<StoreOperation>(registry, {
    name: 'doorward_store_duration_seconds',
    help: 'Time that the session store took to answer, or to be given up, by operation.',
    label: 'operation',
    buckets: STORE_BUCKETS,
  })
  const storeErrors = createFamily(registry, {
    type: 'counter',
    name: 'doorward_store_errors_total',
    help: 'Operations that the session store did not answer.',
    labelNames: ['operation'],
  })
  const leases = createSpreads<LeaseOutcome>(registry, {
    name: 'doorward_lease_wait_seconds',
    help: 'Time until it was settled who refreshes a session: this process ("held"), another one that has done so ("spared") or is at it while the old token will do ("served"); "given_up": after a minute none of them.',
    label: 'outcome',
    buckets: LEASE_BUCKETS,
  })
  const providerTimes = createSpreads<ProviderEndpoint>(registry, {
    name: 'doorward_provider_duration_seconds',
    help: `Time that providers took to answer, or to be given up, at ${ENDPOINTS}.`,
    label: 'endpoint',
    buckets: PROVIDER_BUCKETS,
  })
  const calls = createFamily(registry, {
    type: 'counter',
    name: 'doorward_provider_calls_total',
    help: `Calls to a provider, at ${ENDPOINTS}: "answered" (2xx), "limited" (429), "refused" (another 4xx, 3xx), "failed" (5xx), "timeout", "unreachable".`,
    labelNames: ['tenant', 'endpoint', 'outcome'],
  })
  const seconds = createFamily(registry, {
    type: 'counter',
    name: 'doorward_provider_seconds_total',
    help: `Time that the calls at ${ENDPOINTS} took in all; with their number, their mean by tenant.`,
    labelNames: ['tenant', 'endpoint'],
  })
  const keys = createFamily(registry, {
    type: 'gauge',
    name: 'doorward_jwks_timestamp_seconds',
    help: "When the signing keys of the tenant's provider were last read. They are read when a token needs them, so those of an idle tenant may be old.",
    labelNames: ['tenant'],
    aggregator: 'max',
  })
  return {
    observer: {
      storeAsked(operation, time, isFailed) {
        storeTimes(operation).observe(time)
        // There before the first error: Prometheus sees an increase only of what is.
        const errors = storeErrors.cell(operation)
        if (isFailed) errors.value += 1
      },
      leaseSettled: (outcome, time) => leases(outcome).observe(time),
      providerCalled(tenant, endpoint, outcome, time) {
        providerTimes(endpoint).observe(time)
        calls.cell(tenant, endpoint, outcome).value += 1
        seconds.cell(tenant, endpoint).value += time / 1000
      },
      keysRead(tenant, at) {
        keys.cell(tenant).value = at / 1000
      },
    },
    *forget(tenants) {
      for (const one of [calls, seconds, keys]) yield* one.forget(tenants)
    },
  }
}
