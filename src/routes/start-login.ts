import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookieNames } from '../cookies.js'
import { openTransactions, type Transactions } from '../oidc/transaction.js'
import type { Services } from '../services.js'
import type { StepUp } from '../step-up.js'
import { leaveForm } from './leave-form.js'

interface LoginWish {
  /** Judged; see `judgeReturnTo`. */
  readonly returnTo: string
  readonly loginHint?: string | undefined
  /** See `LoginRequest`. */
  readonly isSilent?: true
  readonly stepUp?: StepUp | undefined
  /** See `LoginRequest`. */
  readonly form?: { readonly ticket: string; readonly isOwn: boolean }
}

/** The transactions of the browser that sent this request, at this site. */
export function transactionsOf({ sealer, now, of }: Services, request: FastifyRequest): Transactions {
  const { tenant, origin } = request.requireSite()
  const cookies = request.ownCookies?.transactions ?? new Map()
  const prefix = cookieNames(origin).transactionPrefix
  const [client = ''] = of(tenant).owner.clients
  return openTransactions({ sealer, tenant: tenant.id, client, origin, prefix, cookies, now: now() })
}

/** Sends the browser to its tenant's provider with a fresh authorization request and one more transaction cookie. */
export const startLogin = (services: Services) =>
  async function startLogin(
    request: FastifyRequest,
    reply: FastifyReply,
    wish: LoginWish,
  ): Promise<FastifyReply> {
    request.failureEvent = 'login.failed'
    const { tenant, origin } = request.requireSite()
    const transactions = transactionsOf(services, request)
    const { url, transaction } = await services.of(tenant).relyingParty.beginLogin({
      ...wish,
      redirectUri: `${origin}${services.pathPrefix}/callback`,
      recentLogins: recentLogins(transactions, request),
    })
    request.outcome = 'login'
    services.observer.loginStarted(tenant.id)
    services.audit('login.started', { tenant: tenant.id, request_id: request.id })
    reply.changeCookies(origin, transactions.add(transaction)).header('cache-control', 'no-store')
    return wish.form === undefined ? reply.redirect(url.href, 302) : leaveForm(request, reply, url)
  }

// Each transaction and each session carries the starts before it, so the counting survives both.
function recentLogins({ all }: Transactions, { opened }: FastifyRequest): number[] {
  const starts = all.flatMap((transaction) => (transaction.kind === 'login' ? transaction.recent_logins : []))
  return [...new Set([...starts, ...(opened?.session.recent_logins ?? [])])]
}
