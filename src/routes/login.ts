import type { FastifyInstance } from 'fastify'
import { canonicalPath } from '../access/path.js'
import type { RouteOptions } from './index.js'
import { queryOf } from './parameters.js'
import { requireReturnTo } from './return-address.js'

/** `GET login`: starts a login that returns to `rd`, and proves what the rule there demands. */
export function login(app: FastifyInstance, { startLogin, services }: RouteOptions): void {
  app.get('/login', async (request, reply) => {
    const returnTo = requireReturnTo(request, queryOf(request).get('rd') ?? '/')
    const path = canonicalPath(new URL(returnTo, request.requireSite().origin).pathname)
    const { rules } = services.of(request.requireSite().tenant)
    const stepUp = path === undefined ? undefined : rules.find('GET', path).stepUp
    return startLogin(request, reply, { returnTo, stepUp })
  })
}
