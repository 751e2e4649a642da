import type { FastifyRequest } from 'fastify'
import { forwardedHeaders } from '../headers/forwarded.js'
import type { HeaderList } from '../headers/identity.js'
import type { Services } from '../services.js'
import { upstreamOf } from './upstream-of.js'

/** Every header of a request as the upstream gets it, one list for HTTP and WebSocket. */
export function upstreamHeaders(services: Services, request: FastifyRequest): HeaderList {
  const { tenant, origin } = request.requireSite()
  const { rawHeaders, headers, socket } = request.raw
  const { peerIsTrusted, opened, ownCookies, assertion } = request
  const list = services.hygiene.clean(rawHeaders, peerIsTrusted)
  // Without one, undici names the upstream's own.
  const isKept = upstreamOf(request).host === 'preserve'
  if (isKept && headers.host !== undefined) list.push('Host', headers.host)
  if (ownCookies?.foreign !== undefined) list.push('Cookie', ownCookies.foreign)
  list.push(...forwardedHeaders({ headers, peer: socket.remoteAddress, peerIsTrusted, origin }))
  if (opened !== null) {
    const { identity, tokens } = opened.session
    list.push(
      ...services
        .of(tenant)
        .identityHeaders.build({ tenant: tenant.id, identity, tokens, assertion: assertion ?? undefined }),
    )
  }
  return list
}
