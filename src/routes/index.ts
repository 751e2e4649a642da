import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { DoorwardError } from '../errors.js'
import type { Services } from '../services.js'
import type { StepUp } from '../step-up.js'
import { auth } from './auth.js'
import { callback } from './callback.js'
import { globalTokenRevocation } from './global-token-revocation.js'
import { initiate } from './initiate.js'
import { jwks } from './jwks.js'
import { login } from './login.js'
import { logout } from './logout.js'
import { logoutBackchannel } from './logout-backchannel.js'
import { logoutCallback } from './logout-callback.js'
import { logoutFrontchannel } from './logout-frontchannel.js'
import { session } from './session.js'

/** What the routes are built from. */
export interface RouteOptions {
  readonly services: Services
  /** Sends the browser to the provider; see `start-login`. */
  readonly startLogin: (
    request: FastifyRequest,
    reply: FastifyReply,
    wish: { returnTo: string; loginHint?: string | undefined; stepUp?: StepUp | undefined },
  ) => Promise<FastifyReply>
  /** The gate's steps that open the session of a request, and keep its tokens fresh. */
  readonly loadSession: onRequestHookHandler
  readonly refreshSession: onRequestHookHandler
  /** The gate's step that has the identity assertion at hand. */
  readonly prepareAssertion: onRequestHookHandler
}

/** Bytes; what a provider sends holds a code, a state and a token at the most. */
const LARGEST_BODY = 64 * 1024

/** Doorward's own endpoints: they own their whole prefix, nothing below it reaches the upstream. */
export async function routes(app: FastifyInstance, options: RouteOptions): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: LARGEST_BODY },
    async (_request: FastifyRequest, body: string) => new URLSearchParams(body),
  )

  // Beside each other: a hook holds for everything below it.
  app.register(async function browserRoutes(browsers) {
    browsers.addHook('onRequest', options.loadSession)
    login(browsers, options)
    callback(browsers, options)
    initiate(browsers, options)
    logout(browsers, options)
    logoutCallback(browsers, options)
    logoutFrontchannel(browsers, options)
    session(browsers, options)
  })
  app.register(async function proxyRoutes(proxies) {
    auth(proxies, options)
  })
  // Called by the provider's servers: no cookie decides here, and a body of any type reaches the route, which answers 400.
  app.register(async function providerRoutes(providers) {
    providers.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: LARGEST_BODY },
      async (_request: FastifyRequest, body: string) => body,
    )
    jwks(providers, options)
    logoutBackchannel(providers, options)
    globalTokenRevocation(providers, options)
  })

  for (const url of ['/', '/*']) app.all(url, { onRequest: refuse }, async () => undefined)
}

// As a hook, so that the body of a request to nowhere is not read.
async function refuse(): Promise<never> {
  throw new DoorwardError('not_found', { reason: 'no such endpoint' })
}
