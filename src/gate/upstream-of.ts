import type { FastifyRequest } from 'fastify'

/** The URL of the upstream that a request goes to; also what its identity assertion is for. */
export const upstreamOf = (request: FastifyRequest): string =>
  (request.requireAccess().upstream ?? request.requireSite().tenant.config.upstream).url
