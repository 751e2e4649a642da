import httpProxy from '@fastify/http-proxy'
import type { FastifyInstance } from 'fastify'
import { serveUpgrades } from './websocket-upgrade.js'

/** Gives the gate the routes of everything, with all methods and bodies unread, and WebSocket handshakes as well. */
export async function routeEverything(app: FastifyInstance): Promise<void> {
  await app.register(httpProxy, {
    upstream: '',
    replyOptions: { getUpstream: () => '' },
    httpMethods: app.supportedMethods,
    handler: () => {
      throw new TypeError('the steps of the gate have not answered')
    },
  })
  serveUpgrades(app)
}
