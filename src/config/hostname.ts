/**
 * A hostname as URL gives it, without the root dot; `undefined` when it is none that a browser could ask for.
 * `host` comes out of `new URL()`, so it is lower case and punycode already.
 */
export function canonicalHostname(host: string): string | undefined {
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  if (name.startsWith('[')) return name
  const isName = name.length <= 253 && name.split('.').every((label) => /^[a-z0-9_-]{1,63}$/.test(label))
  return isName ? name : undefined
}

/** The hostname of a tenant's origin, which has no other spelling than this one. */
export const hostnameOf = (origin: string): string =>
  origin.slice(origin.indexOf('//') + 2).replace(/:\d+$/, '')

/** RFC 6761 §6.3 and RFC 8252 §8.3: names that never leave the machine, where `http:` is no risk. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '')
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(name)
  )
}
