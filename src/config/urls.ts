import { Refusal } from './fields.js'
import { canonicalHostname } from './hostname.js'
import { parseSocket } from './listen.js'

/**
 * An absolute http(s) URL, judged before `URL` repairs it: that parser drops tabs and newlines, turns
 * backslashes round and accepts `https:host`, and a configuration should say what it means.
 */
function parseHttpUrl(text: string): URL | Refusal {
  if (/[\s\\\p{Cc}]/u.test(text))
    return new Refusal('must not hold spaces, control characters or backslashes')
  if (!/^https?:\/\/[^/?#]/i.test(text)) {
    return new Refusal('must be an absolute URL that starts with https:// or http://')
  }
  if (!URL.canParse(text)) return new Refusal('is not a valid URL')
  if (/^[^/]*\/\/[^/?#]*@/.test(text)) return new Refusal('must not hold a user name or password')
  if (text.includes('?')) return new Refusal('must not have a query')
  if (text.includes('#')) return new Refusal('must not have a fragment')
  const url = new URL(text)
  if (url.hostname.includes('*')) return new Refusal('must not hold a wildcard; name every host')
  if (canonicalHostname(url.hostname) === undefined) return new Refusal('has a hostname that is not valid')
  return url
}

/** A tenant's external origin in its one spelling: lower case, punycode, no default port, no dot or slash at the end. */
export function parseOrigin(text: string): string | Refusal {
  const url = parseHttpUrl(text)
  if (url instanceof Refusal) return url
  if (hasPath(text)) return new Refusal('must be scheme://host[:port] without a path')
  const hostname = canonicalHostname(url.hostname) ?? ''
  return `${url.protocol}//${hostname}${url.port === '' ? '' : `:${url.port}`}`
}

/** The origin that requests are forwarded to, or the socket: `unix:/path`. */
export function parseUpstream(text: string): string | Refusal {
  if (text.startsWith('unix:')) {
    const socket = parseSocket(text.slice('unix:'.length))
    return socket instanceof Refusal ? socket : text
  }
  const url = parseHttpUrl(text)
  if (url instanceof Refusal) return url
  if (hasPath(text)) {
    return new Refusal('must not have a path: the path of a request is forwarded as it is')
  }
  return url.origin
}

/** Judged on the text: `URL` resolves `/a/..` to `/`. */
function hasPath(text: string): boolean {
  return /^[^/]*\/\/[^/]*\/./.test(text)
}

const OKTA_ADMIN_CONSOLE = /^(.+)-admin\.(okta\.com|oktapreview\.com|okta-emea\.com)$/

/**
 * An issuer, kept as written: OpenID Connect Discovery §4.3 compares it byte by byte, so a slash at its end
 * is the operator's and the provider's affair.
 */
export function parseIssuer(text: string): string | Refusal {
  const url = parseHttpUrl(text)
  if (url instanceof Refusal) return url
  const [, org, domain] = OKTA_ADMIN_CONSOLE.exec(url.hostname.replace(/\.$/, '')) ?? []
  if (org !== undefined) return new Refusal(`is Okta's admin console; the issuer's host is ${org}.${domain}`)
  if (/\/\.well-known(\/|$)/i.test(url.pathname)) {
    return new Refusal('must be the issuer, not its discovery document; remove /.well-known and what follows')
  }
  return text
}
