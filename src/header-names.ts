/**
 * Request headers that never pass from a client to the upstream, and that no configuration may set: RFC 9110 §7.6.1
 * names the hop-by-hop fields; `expect` is answered here, `host`, `cookie` and X-Forwarded-{For,Host,Proto} are set
 * anew, and `forwarded` would contradict them.
 */
export const NEVER_FORWARDED = [
  'connection',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]

/**
 * One spelling for all names that an upstream may take for each other: WSGI, PHP and Rails read "_" as "-"
 * (CVE-2025-64484), others ".".
 */
export const spellingOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '-')
