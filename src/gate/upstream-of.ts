import type { FastifyRequest } from 'fastify'
import type { Upstream } from '../config/resolve-upstream.js'

/** The app that a request is for: the rule's own, or the tenant's. */
export const upstreamOf = (request: FastifyRequest): Upstream =>
  request.requireAccess().upstream ?? request.requireSite().tenant.config.upstream
