import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.js'
import { authorize } from './authorize.js'
import { challenge, type StartLogin } from './challenge.js'
import { endWithSession } from './end-with-session.js'
import { findRule } from './find-rule.js'
import { forwardHttp } from './forward-http.js'
import { forwardWebSocket } from './forward-websocket.js'
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
  app.addHook('preClose', async () => relays.close())
  app.addHook('onClose', () => connections.close())

  app.addHook('onRequest', findRule(services))
  app.addHook('onRequest', limitConnections(services))
  app.addHook('onRequest', loadSession(services))
  app.addHook('onRequest', refreshSession(services))
  app.addHook('onRequest', renewSilently(services, startLogin))
  app.addHook('onRequest', challenge(services, startLogin))
  app.addHook('onRequest', authorize(services, startLogin))
  app.addHook('onRequest', prepareAssertion(services))
  app.addHook('onRequest', endWithSession(services))
  app.addHook('onRequest', forwardHttp(services, connections))
  app.addHook('onRequest', forwardWebSocket(services, connections, relays))
  await routeEverything(app)
}
