import type { FastifyRequest } from 'fastify'

/** The query of a request, doubles included: Fastify's parser would hide that a parameter came twice. */
export function queryOf({ raw }: FastifyRequest): URLSearchParams {
  const target = raw.url ?? ''
  const start = target.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : target.slice(start + 1))
}

/** The parameters of a request that may come as a query or as a form (`application/x-www-form-urlencoded`). */
export function parametersOf(request: FastifyRequest): URLSearchParams {
  return request.body instanceof URLSearchParams ? request.body : queryOf(request)
}
