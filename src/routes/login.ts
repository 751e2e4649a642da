import type { FastifyInstance } from 'fastify'
import type { RouteOptions } from './index.js'
import { queryOf } from './parameters.js'
import { requireReturnTo } from './return-address.js'

/** `GET login`: starts a login that returns to `rd`. */
export function login(app: FastifyInstance, { startLogin }: RouteOptions): void {
  app.get('/login', async (request, reply) => {
    const returnTo = requireReturnTo(request, queryOf(request).get('rd') ?? '/')
    return startLogin(request, reply, { returnTo })
  })
}
