import type { FastifyRequest } from 'fastify'
import { forwardedHeaders } from '../headers/forwarded.js'
import type { HeaderList, IdentityHeaders } from '../headers/identity.js'
import type { Services } from '../services.js'
import type { Session } from '../session/session.js'
import { upstreamOf } from './upstream-of.js'

/** The identity headers of a session as they were made last; a changed session is another object. */
interface Made {
  readonly by: IdentityHeaders
  readonly assertion: string | null
  readonly list: HeaderList
}

/** Every header of a request as the upstream gets it, one list for HTTP and WebSocket. */
export type UpstreamHeaders = (request: FastifyRequest) => HeaderList

/** Builds it; what it keeps of sessions goes with them. */
export function createUpstreamHeaders(services: Services): UpstreamHeaders {
  const made = new WeakMap<Session, Made>()

  function identityOf(request: FastifyRequest, session: Session): HeaderList {
    const { tenant } = request.requireSite()
    const { assertion } = request
    const { identityHeaders } = services.of(tenant)
    const known = made.get(session)
    if (known?.by === identityHeaders && known.assertion === assertion) return known.list
    const { identity, tokens } = session
    const sources = { tenant: tenant.id, identity, tokens, assertion: assertion ?? undefined }
    const list = identityHeaders.build(sources)
    made.set(session, { by: identityHeaders, assertion, list })
    return list
  }

  return (request) => {
    const { origin } = request.requireSite()
    const { rawHeaders, headers, socket } = request.raw
    const { peerIsTrusted, opened, ownCookies } = request
    const list = request.requireHygiene().clean(rawHeaders, peerIsTrusted)
    // Without one, undici names the upstream's own.
    const isKept = upstreamOf(request).host === 'preserve'
    if (isKept && headers.host !== undefined) list.push('Host', headers.host)
    if (ownCookies?.foreign !== undefined) list.push('Cookie', ownCookies.foreign)
    list.push(...forwardedHeaders({ headers, peer: socket.remoteAddress, peerIsTrusted, origin }))
    if (opened !== null) list.push(...identityOf(request, opened.session))
    return list
  }
}
