/** Names of Doorward's own cookies on an origin; `__Host-` needs https (RFC 6265bis §4.1.3.2). */
export interface CookieNames {
  readonly session: string
  /** Followed by the id of the login in flight. */
  readonly transactionPrefix: string
}

const SECURE: CookieNames = { session: '__Host-doorward', transactionPrefix: '__Host-doorward-tx-' }
const PLAIN: CookieNames = { session: 'doorward', transactionPrefix: 'doorward-tx-' }

/** Doorward's cookie names for an external origin. */
export const cookieNames = (origin: string): CookieNames => (origin.startsWith('https:') ? SECURE : PLAIN)

/** Attributes of every cookie that Doorward sets or deletes; deleting repeats them all (CVE-2025-55162). */
export const cookieAttributes = (origin: string) =>
  ({ httpOnly: true, secure: origin.startsWith('https:'), sameSite: 'lax', path: '/' }) as const

/** A cookie to set; `value: undefined` deletes it. */
export interface CookieChange {
  readonly name: string
  readonly value: string | undefined
  /** Seconds; a session cookie of the browser where absent. */
  readonly maxAge?: number
}

/** What a Cookie header holds of Doorward's, and the rest of it, unchanged, for the upstream. */
export interface OwnCookies {
  /** More than one is no session: nobody can tell which one Doorward set. */
  readonly session: readonly string[]
  readonly transactions: ReadonlyMap<string, string>
  /** `undefined` when nothing is left. */
  readonly foreign: string | undefined
}

const NO_COOKIES: OwnCookies = { session: [], transactions: new Map(), foreign: undefined }

// Both spellings are Doorward's on every origin, so neither can ever reach the upstream.
const isOwn = (name: string): boolean =>
  name === SECURE.session ||
  name === PLAIN.session ||
  name.startsWith(SECURE.transactionPrefix) ||
  name.startsWith(PLAIN.transactionPrefix)

// RFC 6265 §5.2: blanks and tabs only; `trim` would eat bytes of UTF-8 (0xA0).
function trim(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

/** Splits a Cookie header (RFC 6265 §5.4) into Doorward's cookies of this origin and the application's. */
export function splitCookies(header: string | undefined, names: CookieNames): OwnCookies {
  if (header === undefined || header === '') return NO_COOKIES
  if (!header.includes('doorward')) return { ...NO_COOKIES, foreign: header }
  const session: string[] = []
  const transactions = new Map<string, string>()
  const foreign: string[] = []
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    const name = trim(pair.slice(0, equals === -1 ? undefined : equals))
    const value = equals === -1 ? '' : trim(pair.slice(equals + 1))
    if (name === '' && value === '') continue
    if (!isOwn(name)) foreign.push(trim(pair))
    else if (name === names.session) session.push(value)
    else if (name.startsWith(names.transactionPrefix)) transactions.set(name, value)
  }
  return { session, transactions, foreign: foreign.length === 0 ? undefined : foreign.join('; ') }
}
