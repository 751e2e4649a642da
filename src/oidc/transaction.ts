import type { CookieChange } from '../cookies.js'
import type { Sealer } from '../sealer.js'
import type { StepUp } from '../step-up.js'

/** A login in flight: what the callback must match (OIDC Core §3.1.2.1, RFC 7636). */
export interface LoginTransaction {
  readonly kind: 'login'
  readonly state: string
  readonly nonce: string
  readonly code_verifier: string
  /** Judged when the login began; see `judgeReturnTo`. */
  readonly return_to: string
  /** Milliseconds since the epoch. */
  readonly started_at: number
  /** When this browser lately started logins, this one included. */
  readonly recent_logins: readonly number[]
  /** Present where the browser has a session, and the provider was told to ask the person nothing. */
  readonly is_silent?: true
  /** What the sign-in has to prove beyond the ordinary. */
  readonly step_up?: StepUp
  /** Present where a form waits for the login: what opens it, and only this browser has. */
  readonly form?: string
}

/** A sign-out that has gone to the provider and comes back (OIDC RP-Initiated Logout §3). */
export interface LogoutTransaction {
  readonly kind: 'logout'
  readonly state: string
  readonly return_to: string
  readonly started_at: number
}

/** What a browser has under way at its provider. */
export type Transaction = LoginTransaction | LogoutTransaction

/** Milliseconds in which a transaction has to come back. */
export const TRANSACTION_LIFETIME = 600_000
const MOST_IN_FLIGHT = 5

// A cookie holds 4,096 bytes, sealed and in base64url; JSON doubles backslashes, so it is what is measured.
const LONGEST_RETURN_TO = 2048
const fits = (address: string): boolean => JSON.stringify(address).length - 2 <= LONGEST_RETURN_TO

/** The return address as a transaction's cookie can hold it: one that is too long gives up its query, then its path. */
export function fittingReturnTo(address: string): string {
  const path = address.split(/[?#]/, 1)[0] ?? '/'
  return [address, path].find(fits) ?? '/'
}

/** The transactions of one browser at one tenant, each in a sealed cookie of its own. */
export interface Transactions {
  /** All living ones, oldest first. */
  readonly all: readonly Transaction[]
  /** The one whose state this is, and `undefined` for a state that this browser was not given. */
  find(state: string): Transaction | undefined
  /** The cookies that add a transaction; the oldest give way when there would be more than five. */
  add(transaction: Transaction): CookieChange[]
  /** The cookie change that ends a transaction. */
  remove(state: string): CookieChange
}

interface TransactionsOptions {
  readonly sealer: Sealer
  readonly tenant: string
  /** See `clientNames`: what begins at one client must not end at another, which would be sent the code of the first. */
  readonly client: string
  readonly origin: string
  readonly prefix: string
  readonly cookies: ReadonlyMap<string, string>
  /** Milliseconds since the epoch. */
  readonly now: number
}

// Part of the state names the cookie, so that a callback opens one cookie and tabs do not collide.
const ID_LENGTH = 12
const ID = /^[\w-]+$/
/**
 * The beginning of the states of logins that another site's form has started. Such a form comes without the browser's
 * cookies (SameSite=Lax), so nobody would see that there are five already: they share one cookie, and the last one
 * counts.
 */
export const FOREIGN_ID = 'another-site'
// A browser with more than that is no browser; what is left goes with the next login.
const MOST_REMOVALS = 20

/** Opens the transaction cookies of a request; foreign, expired and tampered ones are as if they were not there. */
export function openTransactions(options: TransactionsOptions): Transactions {
  const { sealer, tenant, client, origin, prefix, cookies, now } = options
  const cookieName = (state: string): string => prefix + state.slice(0, ID_LENGTH)
  const sealing = (name: string) =>
    ({ purpose: 'transaction', context: [tenant, client, origin, name] }) as const

  const living: { name: string; transaction: Transaction }[] = []
  const dead: string[] = []
  for (const [name, value] of cookies) {
    // Not one of Doorward's, and maybe not even a name that could be deleted.
    if (!ID.test(name.slice(prefix.length))) continue
    const text = sealer.open(value, sealing(name))
    const transaction = text === undefined ? undefined : (JSON.parse(text) as Transaction)
    if (transaction === undefined || now - transaction.started_at >= TRANSACTION_LIFETIME) dead.push(name)
    else living.push({ name, transaction })
  }
  living.sort((a, b) => a.transaction.started_at - b.transaction.started_at)

  return {
    all: living.map(({ transaction }) => transaction),
    find: (state) => living.find(({ transaction }) => transaction.state === state)?.transaction,
    add(transaction) {
      const name = cookieName(transaction.state)
      const value = sealer.seal(JSON.stringify(transaction), sealing(name))
      const surplus = living
        .slice(0, Math.max(0, living.length + 1 - MOST_IN_FLIGHT))
        .map((entry) => entry.name)
      return [
        ...[...surplus, ...dead].slice(0, MOST_REMOVALS).map((gone) => ({ name: gone, value: undefined })),
        { name, value, maxAge: TRANSACTION_LIFETIME / 1000 },
      ]
    },
    remove: (state) => ({ name: cookieName(state), value: undefined }),
  }
}
