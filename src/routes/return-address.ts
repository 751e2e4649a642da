import type { FastifyRequest } from 'fastify'
import { DoorwardError } from '../errors.js'
import { judgeReturnTo } from '../oidc/return-to.js'

/** The judged return address of a request; throws `invalid_return_address` for one that is not of its origin. */
export function requireReturnTo(request: FastifyRequest, address: string): string {
  const returnTo = judgeReturnTo(address, request.requireSite().origin)
  if (returnTo === undefined) {
    throw new DoorwardError('invalid_return_address', { reason: 'the return address is not on this origin' })
  }
  return returnTo
}
