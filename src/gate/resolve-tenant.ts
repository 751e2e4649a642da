import type { FastifyRequest } from 'fastify'
import { DoorwardError } from '../errors.js'
import { externalHost } from '../headers/forwarded.js'
import type { Services } from '../services.js'
import { canonicalHostname } from '../tenant/hostname.js'

/** RFC 1035 §2.3.4. */
const LONGEST_NAME = 253

/** Finds the site of the request's hostname; 421 for every other name, on every path (RFC 9110 §15.5.20). */
export const resolveTenant = ({ current }: Services) =>
  function resolveTenant(request: FastifyRequest): undefined {
    const { rawHeaders, headers, socket } = request.raw
    // RFC 9112 §3.2: two hosts are two opinions of which site is meant.
    if (countHosts(rawHeaders) > 1) {
      throw new DoorwardError('malformed_request', { reason: 'more than one Host header' })
    }
    const { registry, hygiene, trustedProxies } = current()
    request.peerIsTrusted = trustedProxies(socket.remoteAddress)
    const host = externalHost(headers, request.peerIsTrusted)
    const site = registry.resolve(host)
    if (site === undefined)
      throw new DoorwardError('misdirected_request', { reason: `no tenant has the hostname ${nameOf(host)}` })
    request.site = site
    // Of the same configuration as the site, whatever comes while the request is under way.
    request.hygiene = hygiene
  }

/** A hostname as the log may have it: whatever is none that could be in a configuration stays out. */
function nameOf(host = ''): string {
  const name = canonicalHostname(host)
  return name === undefined || name.length > LONGEST_NAME ? 'of this request (it is none)' : name
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}
