import type { FastifyRequest } from 'fastify'
import type { Observer } from '../observer.js'

/** Counts a request that the app has answered with this status; `undefined` where the client has left before. */
export function countForwarded(
  observer: Observer,
  request: FastifyRequest,
  status: number | undefined,
): void {
  const { arrivedAt, sentAt } = request
  const { id } = request.requireSite().tenant
  if (status === undefined) observer.abandoned(id)
  else observer.forwarded(id, status, sentAt - arrivedAt, performance.now() - sentAt)
}
