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

const made = new WeakMap<Session, Made>()

/** Every header of a request as the upstream gets it, one list for HTTP and WebSocket. */
export function upstreamHeaders(services: Services, request: FastifyRequest): HeaderList {
  const { origin } = request.requireSite()
  const { rawHeaders, headers, socket } = request.raw
  const { peerIsTrusted, opened, ownCookies } = request
  const list = request.requireHygiene().clean(rawHeaders, peerIsTrusted)
  // Without one, undici names the upstream's own.
  const isKept = upstreamOf(request).host === 'preserve'
  if (isKept && headers.host !== undefined) list.push('Host', headers.host)
  if (ownCookies?.foreign !== undefined) list.push('Cookie', ownCookies.foreign)
  list.push(...forwardedHeaders({ headers, peer: socket.remoteAddress, peerIsTrusted, origin }))
  if (opened !== null) list.push(...identityOf(services, request, opened.session))
  return list
}

function identityOf(services: Services, request: FastifyRequest, session: Session): HeaderList {
  const { tenant } = request.requireSite()
  const { assertion } = request
  const { identityHeaders } = services.of(tenant)
  const known = made.get(session)
  if (known?.by === identityHeaders && known.assertion === assertion) return known.list
  const { identity, tokens } = session
  const list = identityHeaders.build({
    tenant: tenant.id,
    identity,
    tokens,
    assertion: assertion ?? undefined,
  })
  made.set(session, { by: identityHeaders, assertion, list })
  return list
}
