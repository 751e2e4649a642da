import type { Test } from 'tap'
import { createRefresher } from '../../src/session/refresher.js'
import type { OpenSession } from '../../src/session/sessions.js'
import type { Confirmation, Grant, RefreshAnswer, Tokens } from '../../src/tokens.js'
import { acme, content, startSessions } from './fixture.js'

/** A refresh that says nothing about the person. */
export const FAILED: Extract<RefreshAnswer, { kind: 'failed' }> = {
  kind: 'failed',
  reason: 'HTTP 503',
  concerns: 'tenant',
  retry_after: undefined,
}
/** A refresh that says that it is over. */
export const ENDED: RefreshAnswer = { kind: 'ended', reason: 'invalid_grant' }

/** A refresh whose answer a test gives when it likes. */
function createProvider() {
  const waiting: { resolve: (answer: RefreshAnswer) => void; reject: (error: Error) => void }[] = []
  const sent: (string | undefined)[] = []
  const revoked: (string | undefined)[] = []
  const confirmed: (string | undefined)[] = []
  return {
    /** The refresh tokens that were redeemed. */
    sent,
    /** The refresh tokens that were revoked. */
    revoked,
    /** What it says of the new tokens. */
    confirmation: undefined as Confirmation | undefined,
    /** The ID tokens that were to be confirmed. */
    confirmed,
    async confirm({ identity, tokens }: Grant, idToken: string | undefined): Promise<Confirmation> {
      confirmed.push(idToken)
      return this.confirmation ?? { kind: 'confirmed', identity, id_token: idToken ?? tokens.id_token }
    },
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
  const { clock, sessions, store } = startSessions(t)
  const reports: string[] = []
  const report = {
    refreshed: (_owner: unknown, _session: unknown, reason?: string) =>
      reports.push(reason === undefined ? 'refreshed' : `refreshed: ${reason}`),
    failed: (_owner: unknown, _session: unknown, reason: string) => reports.push(`failed: ${reason}`),
    ended: (_owner: unknown, _session: unknown, reason: string) => reports.push(`ended: ${reason}`),
    settled: () => undefined,
  }
  const refresher = createRefresher({ sessions, store, now: clock.now, report })
  const provider = createProvider()
  const opened = await sessions.create(acme, content(clock.now()))
  const refreshed = (tokens: Partial<Tokens> = {}): RefreshAnswer => ({
    kind: 'refreshed',
    tokens: { ...content(clock.now()).tokens, access_token: 'AT-2', refresh_token: 'RT-2', ...tokens },
    received_id_token: 'IT-2',
  })
  const open = () => sessions.open(acme, opened.cookie)
  /** Another process with the same store. */
  const another = () => createRefresher({ sessions, store, now: clock.now, report })
  return {
    ...{ clock, sessions, store, provider, reports, opened, refreshed, open, refresher, another },
    ensure: (session: OpenSession = opened) => refresher.ensureFresh(acme, session, provider),
    refreshNow: (session: OpenSession = opened) => refresher.refreshNow(acme, session, provider),
  }
}
