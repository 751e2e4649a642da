import type { Registry } from 'prom-client'
import type { Observer, RequestOutcome } from '../observer.js'
import type { Steps } from '../slices.js'
import { type Cell, createFamily } from './metric-family.js'
import { createSpreads } from './metric-spread.js'

const OWN_BUCKETS = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000]
const UPSTREAM_BUCKETS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]

const statusClass = (status: number): string => `${Math.floor(status / 100)}xx`

/** What one tenant's forwarded requests are counted in. */
interface Forwarded {
  readonly byClass: (Cell | undefined)[]
  readonly upstreamSeconds: Cell
}

type RequestObserver = Pick<Observer, 'forwarded' | 'notForwarded' | 'abandoned' | 'answered'>

/** Figures of the requests to the public listener. */
export function createRequestFigures(registry: Registry): {
  observer: RequestObserver
  forget(tenants: ReadonlySet<string>): Steps<void>
} {
  const requests = createFamily(registry, {
    type: 'counter',
    name: 'doorward_requests_total',
    help: 'Requests by tenant (none where the hostname is no tenant\'s), class of the status ("2xx"; none where the client has left), and outcome: "forwarded", "websocket", "abandoned", "login" (sent to the provider), "answered" (by an endpoint of Doorward) or the error.',
    labelNames: ['tenant', 'status', 'outcome'],
  })
  const upstreamSeconds = createFamily(registry, {
    type: 'counter',
    name: 'doorward_upstream_seconds_total',
    help: 'Time that the app took to begin its answers, in all; with the requests that were forwarded, its mean by tenant.',
    labelNames: ['tenant'],
  })
  const own = createSpreads<'forwarded' | 'answered' | 'login' | 'refused'>(registry, {
    name: 'doorward_own_duration_seconds',
    help: 'Time until a request was on its way to the app, or until the answer of Doorward itself was ready; waiting for the store and the provider is part of it, the app is not.',
    label: 'outcome',
    buckets: OWN_BUCKETS,
  })
  const upstream = createSpreads<'answered' | 'failed'>(registry, {
    name: 'doorward_upstream_duration_seconds',
    help: 'Time from there until the app began its answer, or until it was given up; an upload is part of it.',
    label: 'outcome',
    buckets: UPSTREAM_BUCKETS,
  })
  const [ownForwarded, ownAnswered] = [own('forwarded'), own('answered')]
  const [ownLogin, ownRefused] = [own('login'), own('refused')]
  const [upstreamAnswered, upstreamFailed] = [upstream('answered'), upstream('failed')]
  const forwardedOf = new Map<string, Forwarded>()

  function openForwarded(tenant: string): Forwarded {
    const opened = { byClass: [], upstreamSeconds: upstreamSeconds.cell(tenant) }
    forwardedOf.set(tenant, opened)
    return opened
  }

  function openClass(tenant: string, { byClass }: Forwarded, status: number): Cell {
    const outcome: RequestOutcome = status === 101 ? 'websocket' : 'forwarded'
    const cell = requests.cell(tenant, statusClass(status), outcome)
    byClass[Math.floor(status / 100)] = cell
    return cell
  }

  const spreadOf = (outcome: RequestOutcome) => {
    if (outcome === 'login') return ownLogin
    return outcome === 'answered' ? ownAnswered : ownRefused
  }

  return {
    observer: {
      forwarded(tenant, status, ownTime, upstreamTime) {
        const forwarded = forwardedOf.get(tenant) ?? openForwarded(tenant)
        const cell = forwarded.byClass[(status / 100) | 0] ?? openClass(tenant, forwarded, status)
        cell.value += 1
        forwarded.upstreamSeconds.value += upstreamTime / 1000
        ownForwarded.observe(ownTime)
        upstreamAnswered.observe(upstreamTime)
      },
      notForwarded: (time) => upstreamFailed.observe(time),
      abandoned(tenant) {
        requests.cell(tenant, undefined, 'abandoned').value += 1
      },
      answered(tenant, status, outcome, time) {
        requests.cell(tenant, statusClass(status), outcome).value += 1
        spreadOf(outcome).observe(time)
      },
    },
    *forget(tenants) {
      yield* requests.forget(tenants)
      yield* upstreamSeconds.forget(tenants)
      // At last, for requests that end meanwhile would remember series that are dropped.
      for (const tenant of tenants) forwardedOf.delete(tenant)
    },
  }
}
