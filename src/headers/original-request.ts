import type { IncomingHttpHeaders } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { DoorwardError } from '../errors.js'

/** The request that a proxy asks about. */
export interface OriginalRequest {
  /** `undefined` where the proxy does not say it. */
  readonly method: string | undefined
  /** Path and query; `undefined` where the proxy does not say it. */
  readonly target: string | undefined
}

interface Dialect {
  readonly method: string
  readonly targets: readonly string[]
}

// Traefik and Caddy; nginx by convention, and as a Kubernetes ingress.
const DIALECTS: readonly Dialect[] = [
  { method: 'x-forwarded-method', targets: ['x-forwarded-uri'] },
  { method: 'x-original-method', targets: ['x-original-uri', 'x-original-url'] },
]

/**
 * What a trusted proxy says of the request that it asks about. Throws `invalid_request` where it is said twice and
 * differently, or half in one way and half in another: then one of the two is the client's own word.
 */
export function originalRequest(headers: IncomingHttpHeaders): OriginalRequest {
  const spoken = DIALECTS.map((dialect) => read(headers, dialect)).filter(
    ({ method, target }) => method !== undefined || target !== undefined,
  )
  const [said = { method: undefined, target: undefined }, other = said] = spoken
  if (!isDeepStrictEqual(said, other)) throw refusal('more than one opinion of the original request')
  // Servers may read "post" as POST (RFC 9110 §9.1 does not).
  if (said.method !== undefined && !/^[A-Z-]+$/.test(said.method)) throw refusal('a method not in capitals')
  return said
}

function read(headers: IncomingHttpHeaders, { method, targets }: Dialect): OriginalRequest {
  const said = new Set(targets.flatMap((name) => withoutOrigin(headers[name]) ?? []))
  const [target, ...others] = said
  // Node joins what came twice under one name.
  if (others.length > 0 || target?.includes(', ')) throw refusal('more than one opinion of the original path')
  return { method: joined(headers[method]), target }
}

const joined = (value: string | string[] | undefined): string | undefined =>
  [value].flat().join(', ') || undefined

const withoutOrigin = (value: string | string[] | undefined): string | undefined =>
  joined(value)?.replace(/^https?:\/\/[^/?#]*/i, '')

function refusal(what: string): DoorwardError {
  const advice =
    'let the proxy set X-Original-Method and X-Original-URI, or X-Forwarded-Method and -Uri, and remove all others'
  return new DoorwardError('invalid_request', { reason: `${what}: ${advice}` })
}
