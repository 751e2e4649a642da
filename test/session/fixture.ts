import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { createSealer } from '../../src/sealer.js'
import { openStore } from '../../src/session/open-store.js'
import { createSessions, type SessionOwner } from '../../src/session/sessions.js'

export const MINUTE = 60_000
const START = 1_800_000_000_000

export const acme: SessionOwner = {
  id: 'acme',
  clients: ['0oa-acme https://acme.okta.example'],
  lifetimes: { idle_timeout: 60 * MINUTE, max_lifetime: 720 * MINUTE, stale_limit: 15 * MINUTE },
}
export const globex: SessionOwner = { ...acme, id: 'globex' }

/** A clock that moves when it is told to. */
export function createClock() {
  let now = START
  return {
    now: () => now,
    /** Milliseconds from now. */
    pass(time: number) {
      now += time
    },
  }
}

/** What a sign-in knows of a session; its access token lives for five minutes. */
export const content = (now: number, tokens: { refresh_token?: string | undefined } = {}) => ({
  identity: { sub: 'alice', claims: { sub: 'alice', email: 'alice@acme.example' } },
  tokens: {
    access_token: 'AT-1',
    id_token: 'IT-1',
    refresh_token: 'RT-1',
    expires_at: now + 5 * MINUTE,
    ...tokens,
  },
  recent_logins: [],
})

/** Sessions over a real memory store, on a clock of their own. */
export function startSessions(t: Pick<Test, 'teardown'>) {
  const clock = createClock()
  const report = { lost: () => undefined, restored: () => undefined }
  const store = openStore({ kind: 'memory' }, { now: clock.now, report })
  t.teardown(() => store.close())
  const sealer = createSealer([randomBytes(32)])
  const sessions = createSessions({ store, sealer, now: clock.now, cache: 100 })
  return { clock, store, sealer, sessions }
}
