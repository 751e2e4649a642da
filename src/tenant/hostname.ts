import { domainToASCII } from 'node:url'

// RFC 9110 §7.2: uri-host [":" port]. Anything else (user info, blanks, a second host) names no tenant.
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+?)\.?(?::\d{0,5})?$/

/**
 * The one spelling of a Host value under which tenants are found: no port, no trailing dot, lower case,
 * punycode. `undefined` for what is no host.
 */
export function canonicalHostname(host: string): string | undefined {
  const ascii = /^[\x21-\x7e]+$/.test(host) ? host.toLowerCase() : toPunycode(host)
  return HOST.exec(ascii)?.[1]
}

// Node hands header bytes over as latin1; a hostname typed in UTF-8 has to be read as such first.
function toPunycode(host: string): string {
  const [name = '', port] = Buffer.from(host, 'latin1').toString('utf8').split(':')
  const ascii = domainToASCII(name)
  return port === undefined ? ascii : `${ascii}:${port}`
}
