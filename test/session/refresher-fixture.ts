import type { Test } from 'tap'
import { createRefresher } from '../../src/session/refresher.js'
import type { OpenSession } from '../../src/session/sessions.js'
import type { RefreshAnswer } from '../../src/tokens.js'
import { acme, content, startSessions } from './fixture.js'

/** A refresh that says nothing about the person. */
export const FAILED: RefreshAnswer = { kind: 'failed', reason: 'HTTP 503' }
/** A refresh that says that it is over. */
export const ENDED: RefreshAnswer = { kind: 'ended', reason: 'invalid_grant' }

/** A refresh whose answer a test gives when it likes. */
function createProvider() {
  const waiting: { resolve: (answer: RefreshAnswer) => void; reject: (error: Error) => void }[] = []
  const sent: (string | undefined)[] = []
  const revoked: (string | undefined)[] = []
  return {
    /** The refresh tokens that were redeemed. */
    sent,
    /** The refresh tokens that were revoked. */
    revoked,
    revoke: async ({ refresh_token }: OpenSession['session']['tokens']) => {
      revoked.push(refresh_token)
    },
    refresh: ({ tokens }: OpenSession['session']) => {
      sent.push(tokens.refresh_token)
      return new Promise<RefreshAnswer>((resolve, reject) => waiting.push({ resolve, reject }))
    },
    /** Resolves when a refresh is under way. */
    async asked(times = 1) {
      while (sent.length < times) await new Promise(setImmediate)
    },
    answer: (answer: RefreshAnswer) => waiting.shift()?.resolve(answer),
    fail: (error: Error) => waiting.shift()?.reject(error),
  }
}

/** A refresher over a real memory store, one session, and a provider that waits to be told. */
export async function startRefresher(t: Pick<Test, 'teardown'>) {
  const { clock, sessions } = startSessions(t)
  const reports: string[] = []
  const report = {
    refreshed: () => reports.push('refreshed'),
    failed: (_owner: unknown, _session: unknown, reason: string) => reports.push(`failed: ${reason}`),
    ended: (_owner: unknown, _session: unknown, reason: string) => reports.push(`ended: ${reason}`),
  }
  const refresher = createRefresher({ sessions, now: clock.now, report })
  const provider = createProvider()
  const opened = await sessions.create(acme, content(clock.now()))
  const refreshed = (): RefreshAnswer => {
    const { identity, tokens } = content(clock.now())
    return { kind: 'refreshed', identity, tokens: { ...tokens, access_token: 'AT-2', refresh_token: 'RT-2' } }
  }
  const open = () => sessions.open(acme, opened.cookie)
  return {
    ...{ clock, sessions, provider, reports, opened, refreshed, open },
    ensure: (session: OpenSession = opened) => refresher.ensureFresh(acme, session, provider),
  }
}
