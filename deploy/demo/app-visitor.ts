import type { IncomingHttpHeaders } from 'node:http'

/** Who is at the other end, as told by the proxy: all this app ever learns about signing in. */
export interface Visitor {
  readonly user: string | undefined
  readonly email: string | undefined
  readonly username: string | undefined
  readonly name: string | undefined
  readonly groups: readonly string[]
  readonly tenant: string | undefined
}

/** Reads the identity headers. Their bytes are UTF-8; Node hands header values out as latin1. */
export function visitorOf(headers: IncomingHttpHeaders): Visitor {
  const read = (name: string) => {
    const value = headers[name]
    return typeof value === 'string' ? Buffer.from(value, 'latin1').toString() : undefined
  }
  return {
    user: read('x-forwarded-user'),
    email: read('x-forwarded-email'),
    username: read('x-forwarded-preferred-username'),
    name: read('x-forwarded-name'),
    groups: (read('x-forwarded-groups') ?? '')
      .split(',')
      .filter((group) => group !== '')
      .map((group) => group.replaceAll('%2C', ',')),
    tenant: read('x-forwarded-tenant'),
  }
}
