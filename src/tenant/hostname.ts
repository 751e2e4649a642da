// RFC 9110 §7.2: uri-host [":" port]. Anything else (user info, blanks, a second host) names no tenant; clients send
// international names in punycode (RFC 5891 §4.4).
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+?)\.?(?::\d{0,5})?$/

/**
 * The one spelling of a Host value under which tenants are found: no port, no trailing dot, lower case.
 * `undefined` for what is no host.
 */
export const canonicalHostname = (host: string): string | undefined => HOST.exec(host.toLowerCase())?.[1]
