import type { Registry } from 'prom-client'
import type { Observer } from '../observer.js'
import type { Steps } from '../slices.js'
import { createFamily, createReading } from './metric-family.js'

// Prometheus sees an increase only of what was there before: these are there as soon as somebody signs in.
const WATCHED = ['succeeded', 'login_misconfigured', 'provider_unavailable'] as const

type SignInObserver = Pick<
  Observer,
  'loginStarted' | 'loginEnded' | 'refreshed' | 'signedOut' | 'sessionEnded'
>

/** Figures of how sessions begin, go on and end. */
export function createSignInFigures(
  registry: Registry,
  countSessions: () => number,
): {
  observer: SignInObserver
  forget(tenants: ReadonlySet<string>): Steps<void>
} {
  const family = (name: string, help: string, ...labelNames: string[]) =>
    createFamily(registry, { type: 'counter', name, help, labelNames: ['tenant', ...labelNames] })
  const started = family(
    'doorward_logins_started_total',
    'Sign-ins for which a browser was sent to the provider.',
  )
  const logins = family(
    'doorward_logins_total',
    'Sign-ins that have come to an end: "succeeded", which makes a session, or the error.',
    'outcome',
  )
  const refreshes = family(
    'doorward_refreshes_total',
    'Refreshes: "refreshed", "unconfirmed" (new tokens whose ID token could not be verified; the claims stay), "failed" (the session stays), or "ended" (the provider has ended the session).',
    'outcome',
  )
  const logouts = family(
    'doorward_logouts_total',
    'Sign-outs by who asked ("user", "front_channel", "back_channel", "universal", "admin"): "done", "nobody" (there was no session), or the error.',
    'kind',
    'outcome',
  )
  const ended = family(
    'doorward_sessions_ended_total',
    'Sessions that were ended before their time, by a sign-out of that kind, or by the "provider", which refused a refresh or a renewal for good.',
    'by',
  )
  createReading(registry, {
    name: 'doorward_cached_sessions',
    help: 'Opened sessions that this process keeps (`session.cache`): people who were here lately. A session that several processes keep counts at each.',
    read: countSessions,
  })
  return {
    observer: {
      loginStarted(tenant) {
        const cell = started.cell(tenant)
        if (cell.value === 0) for (const outcome of WATCHED) logins.cell(tenant, outcome)
        cell.value += 1
      },
      loginEnded(tenant, outcome) {
        logins.cell(tenant, outcome).value += 1
      },
      refreshed(tenant, outcome) {
        refreshes.cell(tenant, outcome).value += 1
      },
      signedOut(tenant, kind, outcome) {
        logouts.cell(tenant, kind, outcome).value += 1
      },
      sessionEnded(tenant, by) {
        ended.cell(tenant, by).value += 1
      },
    },
    *forget(tenants) {
      for (const one of [started, logins, refreshes, logouts, ended]) yield* one.forget(tenants)
    },
  }
}
