import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Access } from '../access/rules.js'
import type { AuditEvent } from '../audit.js'
import type { OwnCookies } from '../cookies.js'
import type { HeaderHygiene } from '../headers/hygiene.js'
import type { OpenSession } from '../session/sessions.js'
import type { Site } from '../tenant/tenant.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether the peer is one of `server.trusted_proxies`. */
    peerIsTrusted: boolean
    /** `null` until the hostname is resolved. */
    site: Site | null
    /** `null` until the hostname is resolved. */
    hygiene: HeaderHygiene | null
    /** What the rule of a request for the upstream demands; `null` until it is found. */
    access: Access | null
    /** `null` until the session is loaded. */
    ownCookies: OwnCookies | null
    /** `null` without a session. */
    opened: OpenSession | null
    /** Who is signed in, for the upstream of this request (JWT); `null` where its headers do not name it. */
    assertion: string | null
    /** The `sub` of whose session has ended with this request; `null` where that is not known. */
    endedUser: string | null
    /** The event under which a failure from here on is logged; `null` where none fits. */
    failureEvent: AuditEvent | null
    /** The site of a request that has passed `resolveTenant`; throws a defect otherwise. */
    requireSite(): Site
    /** What cleans the headers of a request that has passed `resolveTenant`; throws a defect otherwise. */
    requireHygiene(): HeaderHygiene
    /** What a request that has passed `findRule` needs; throws a defect otherwise. */
    requireAccess(): Access
  }
}

/** What the steps of the gate learn about a request, for the steps after them. */
export const requestState = fp(
  async function requestState(app) {
    app.decorateRequest('peerIsTrusted', false)
    app.decorateRequest('site', null)
    app.decorateRequest('hygiene', null)
    app.decorateRequest('access', null)
    app.decorateRequest('ownCookies', null)
    app.decorateRequest('opened', null)
    app.decorateRequest('assertion', null)
    app.decorateRequest('endedUser', null)
    app.decorateRequest('failureEvent', null)
    app.decorateRequest('requireSite', function requireSite(this: FastifyRequest) {
      if (this.site === null) throw new TypeError('resolveTenant has not run')
      return this.site
    })
    app.decorateRequest('requireHygiene', function requireHygiene(this: FastifyRequest) {
      if (this.hygiene === null) throw new TypeError('resolveTenant has not run')
      return this.hygiene
    })
    app.decorateRequest('requireAccess', function requireAccess(this: FastifyRequest) {
      if (this.access === null) throw new TypeError('findRule has not run')
      return this.access
    })
  },
  { name: 'request-state' },
)
