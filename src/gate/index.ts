import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.js'
import { authorize } from './authorize.js'
import { challenge, type StartLogin } from './challenge.js'
import { endWithSession } from './end-with-session.js'
import { endWithTenant } from './end-with-tenant.js'
import { createEventStreams } from './event-streams.js'
import { findRule } from './find-rule.js'
import { forward } from './forward.js'
import { inOrder } from './in-order.js'
import { leaveTogether } from './leave-together.js'
import { limitConnections } from './limit-connections.js'
import { loadSession } from './load-session.js'
import { prepareAssertion } from './prepare-assertion.js'
import { refreshSession } from './refresh-session.js'
import { renewSilently } from './renew-silently.js'
import { routeEverything } from './route-everything.js'
import { createUpstreamConnections } from './upstream-connections.js'
import { createWebSocketRelays } from './websocket-relays.js'

interface GateOptions {
  readonly services: Services
  readonly startLogin: StartLogin
}

/** The path of one proxied request, top to bottom; `resolveTenant` has run before, for the routes as well. */
export async function gate(app: FastifyInstance, { services, startLogin }: GateOptions): Promise<void> {
  const connections = createUpstreamConnections()
  const relays = createWebSocketRelays()
  const streams = createEventStreams()
  app.addHook('preClose', async () => {
    relays.close()
    streams.close()
  })
  app.addHook('onClose', () => connections.close())

  app.addHook(
    'onRequest',
    inOrder([
      findRule(services),
      limitConnections(services),
      loadSession(services),
      refreshSession(services),
      renewSilently(services, startLogin),
      challenge(services, startLogin),
      authorize(services, startLogin),
      prepareAssertion(services),
      endWithSession(services),
      endWithTenant(services),
    ]),
  )
  app.addHook('onRequest', forward(services, { connections, relays, streams, depart: leaveTogether() }))
  await routeEverything(app)
}
