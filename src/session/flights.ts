import type { LeaseOutcome } from '../observer.js'
import { acquireLease } from './lease.js'
import type { RefreshReporter, TokenSource } from './rotation.js'
import type { Session } from './session.js'
import type { OpenSession, SessionOwner, Sessions } from './sessions.js'
import type { SessionStore } from './store.js'

/** A refresh under way, shared by all requests of this process that want the same. */
export interface Flight {
  /** The session as it is afterwards; `undefined` when it has ended. */
  readonly promise: Promise<OpenSession | undefined>
  /** Of the monotonic clock, in milliseconds. */
  readonly startedAt: number
}

/** What a refresh is wanted for. */
export interface Wish {
  /** Flights of one name are shared. */
  readonly name: string
  /** Whether a session as the store has it still has to be refreshed. */
  isNeeded(session: Session): boolean
  /** Whether it will do as it is while another process refreshes it. */
  isServable(session: Session): boolean
}

/** Refreshes under way, of which one process at a time carries out each. */
export interface Flights {
  start(owner: SessionOwner, opened: OpenSession, source: TokenSource, wish: Wish): Flight
  /** Resolves when none is under way. */
  settle(): Promise<void>
}

interface FlightsOptions {
  readonly sessions: Sessions
  readonly store: SessionStore
  /** What is done under the lease. */
  rotate(owner: SessionOwner, current: OpenSession, source: TokenSource): Promise<OpenSession | undefined>
  readonly report: Pick<RefreshReporter, 'settled'>
}

/** Milliseconds between looks at a session that another process refreshes, where its change is not told; and in all. */
const LOOK = 500
const LONGEST_LOOKING = 60_000

/** Builds the flights of this process. */
export function createFlights({ sessions, store, rotate, report }: FlightsOptions): Flights {
  const running = new Map<string, Flight>()
  const waiting = new Map<string, Set<() => void>>()
  sessions.onChange((id) => {
    const concerned = id === undefined ? [...waiting.values()] : [waiting.get(id) ?? []]
    for (const wakers of concerned) for (const wake of wakers) wake()
  })

  /** Resolves when the session has changed, or after a while. */
  function untilChanged(id: string): Promise<void> {
    return new Promise((resolve) => {
      const wakers = waiting.get(id) ?? new Set()
      const wake = () => {
        clearTimeout(timer)
        wakers.delete(wake)
        if (wakers.size === 0) waiting.delete(id)
        resolve()
      }
      const timer = setTimeout(wake, LOOK)
      waiting.set(id, wakers.add(wake))
    })
  }

  // Under the lease the session is read again: another request or process may have refreshed since.
  async function fly(owner: SessionOwner, { key }: OpenSession, source: TokenSource, wish: Wish) {
    const begun = performance.now()
    const settled = <Result>(outcome: LeaseOutcome, result: Result): Result => {
      report.settled(outcome, performance.now() - begun)
      return result
    }
    for (;;) {
      const lease = await acquireLease(store, `${owner.id}:${key.id}`)
      try {
        const current = await sessions.reopen(owner, key)
        if (current === undefined || !wish.isNeeded(current.session)) return settled('spared', current)
        if (lease !== undefined) return await rotate(owner, settled('held', current), source)
        if (wish.isServable(current.session)) return settled('served', current)
        if (performance.now() - begun > LONGEST_LOOKING) return settled('given_up', current)
      } finally {
        lease?.release()
      }
      await untilChanged(key.id)
    }
  }

  return {
    // Detached from the request that started it: a browser that goes away must not lose a rotated token.
    start(owner, opened, source, wish) {
      const name = `${wish.name} ${opened.key.id}`
      const shared = running.get(name)
      if (shared !== undefined) return shared
      const promise = fly(owner, opened, source, wish).finally(() => running.delete(name))
      const flight = { promise, startedAt: performance.now() }
      running.set(name, flight)
      return flight
    },
    async settle() {
      await Promise.allSettled([...running.values()].map(({ promise }) => promise))
    },
  }
}
