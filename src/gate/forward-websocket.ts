import httpProxy from '@fastify/http-proxy'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DoorwardError } from '../errors.js'
import type { HeaderList } from '../headers/identity.js'
import type { Services } from '../services.js'
import { upstreamHeaders } from './upstream-headers.js'
import { upstreamOf } from './upstream-of.js'
import { type Flow, holdBack } from './websocket-flow.js'
import { guardUpgrades } from './websocket-upgrade.js'

// The handshake with the upstream is the proxy's own (RFC 6455 §4.1); extensions are agreed per hop.
const HANDSHAKE = /^sec-websocket-(?:key|version|extensions|protocol|accept)$/i

/** Relays WebSockets, and owns the routes of everything that the steps before have not answered. */
export async function forwardWebSocket(app: FastifyInstance, services: Services): Promise<void> {
  // The plugin's types leave this hook out; its documentation does not.
  const wsClientOptions = {
    followRedirects: false,
    rewriteRequestHeaders: (_headers: unknown, request: FastifyRequest) =>
      toRecord(upstreamHeaders(services, request)),
  }
  await app.register(httpProxy, {
    upstream: '',
    websocket: true,
    httpMethods: app.supportedMethods,
    // HTTP has left through `forwardHttp`; what is here spoke of a WebSocket without asking for one.
    handler: () => {
      throw new DoorwardError('malformed_request', { reason: 'an incomplete WebSocket handshake' })
    },
    replyOptions: {
      getUpstream: (request) => upstreamOf(request as FastifyRequest),
    },
    wsClientOptions,
    wsHooks: {
      onIncomingMessage: (_context, browser, upstream) => holdBack(browser as Flow, upstream as Flow),
      onOutgoingMessage: (_context, browser, upstream) => holdBack(upstream as Flow, browser as Flow),
    },
  })
  app.addHook('onReady', async () => guardUpgrades(app.server))
}

function toRecord(list: HeaderList): Record<string, string[]> {
  const record: Record<string, string[]> = {}
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index] as string
    if (HANDSHAKE.test(name)) continue
    record[name] ??= []
    record[name].push(list[index + 1] as string)
  }
  return record
}
