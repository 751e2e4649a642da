import type { IncomingHttpHeaders } from 'node:http'
import { DoorwardError } from '../errors.js'

/** The request that a proxy asks about. */
export interface OriginalRequest {
  /** `undefined` where the proxy does not say it. */
  readonly method: string | undefined
  /** Path and query; `undefined` where the proxy does not say it. */
  readonly target: string | undefined
}

// Traefik and Caddy; nginx by convention; nginx as a Kubernetes ingress.
const METHOD_NAMES = ['x-forwarded-method', 'x-original-method']
const TARGET_NAMES = ['x-forwarded-uri', 'x-original-uri', 'x-original-url']

/**
 * What a trusted proxy says of the request that it asks about. Throws `invalid_request` where it is said twice and
 * differently: then one of the two is the client's own word.
 */
export function originalRequest(headers: IncomingHttpHeaders): OriginalRequest {
  return {
    method: onlyValue(headers, METHOD_NAMES),
    target: onlyValue(headers, TARGET_NAMES)?.replace(/^https?:\/\/[^/?#]*/i, ''),
  }
}

function onlyValue(headers: IncomingHttpHeaders, names: readonly string[]): string | undefined {
  const values = new Set(names.flatMap((name) => headers[name] ?? []))
  const [value, ...others] = values
  // Node joins what came twice under one name.
  if (others.length === 0 && !value?.includes(', ')) return value
  throw new DoorwardError('invalid_request', {
    reason: `more than one opinion of the original request in ${names.join(', ')}: let the proxy set one and remove the others`,
  })
}
