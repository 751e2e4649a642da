import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DoorwardError } from '../errors.js'
import type { Services } from '../services.js'
import { callback } from './callback.js'
import { initiate } from './initiate.js'
import { login } from './login.js'
import { logout } from './logout.js'
import { logoutCallback } from './logout-callback.js'
import { session } from './session.js'

/** What the routes are built from. */
export interface RouteOptions {
  readonly services: Services
  /** Sends the browser to the provider; see `start-login`. */
  readonly startLogin: (
    request: FastifyRequest,
    reply: FastifyReply,
    wish: { returnTo: string; loginHint?: string | undefined },
  ) => Promise<FastifyReply>
  /** The gate's step that opens the session of a request. */
  readonly loadSession: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

/** Bytes; a form that a provider posts holds a code, a state and an ID token at the most. */
const LARGEST_FORM = 64 * 1024

/** Doorward's own endpoints: they own their whole prefix, nothing below it reaches the upstream. */
export async function routes(app: FastifyInstance, options: RouteOptions): Promise<void> {
  app.addHook('onRequest', options.loadSession)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: LARGEST_FORM },
    async (_request: FastifyRequest, body: string) => new URLSearchParams(body),
  )

  login(app, options)
  callback(app, options)
  initiate(app, options)
  logout(app, options)
  logoutCallback(app, options)
  session(app, options)

  for (const url of ['/', '/*']) app.all(url, { onRequest: refuse }, async () => undefined)
}

// As a hook, so that the body of a request to nowhere is not read.
async function refuse(): Promise<never> {
  throw new DoorwardError('not_found', { reason: 'no such endpoint' })
}
