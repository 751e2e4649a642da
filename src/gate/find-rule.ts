import type { FastifyRequest } from 'fastify'
import { canonicalPath } from '../access/path.js'
import { DoorwardError } from '../errors.js'
import type { Services } from '../services.js'

/** Decides by method and path what a request needs; refuses a path without a single meaning before that. */
export const findRule = ({ of }: Services) =>
  function findRule(request: FastifyRequest): undefined {
    const path = canonicalPath(request.raw.url ?? '')
    if (path === undefined) {
      throw new DoorwardError('ambiguous_path', { reason: 'the path has no single meaning' })
    }
    request.access = of(request.requireSite().tenant).rules.find(request.method, path)
  }
