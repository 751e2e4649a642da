import type { FastifyRequest } from 'fastify'
import { canonicalPath } from '../access/path.js'
import { DoorwardError } from '../errors.js'

/** Refuses a path without a single meaning before anything is decided on it. */
export async function checkPath(request: FastifyRequest): Promise<void> {
  if (canonicalPath(request.raw.url ?? '') === undefined) {
    throw new DoorwardError('ambiguous_path', { reason: 'the path has no single meaning' })
  }
}
