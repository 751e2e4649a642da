import { METHODS } from 'node:http'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { ConfigSource } from './config/config-source.js'
import { DoorwardError, ERRORS } from './errors.js'
import { withholdContinue } from './expectation.js'
import { checkFraming } from './gate/check-framing.js'
import { inOrder } from './gate/in-order.js'
import { gate } from './gate/index.js'
import { loadSession } from './gate/load-session.js'
import { prepareAssertion } from './gate/prepare-assertion.js'
import { refreshSession } from './gate/refresh-session.js'
import { resolveTenant } from './gate/resolve-tenant.js'
import { NO_OBSERVER } from './observer.js'
import { abandonedAnswers } from './ops/abandoned-answers.js'
import { adminApi } from './ops/admin-api.js'
import { clientErrorHandler } from './ops/client-error.js'
import { cookieChanges } from './ops/cookie-changes.js'
import { createDraining, type Draining } from './ops/draining.js'
import { answerError, errorHandler } from './ops/error-handler.js'
import { health } from './ops/health.js'
import { createMetrics, type Metrics } from './ops/metrics.js'
import { metricsEndpoint } from './ops/metrics-endpoint.js'
import { createRequestIds } from './ops/request-ids.js'
import { requestLimits } from './ops/request-limits.js'
import { RequestLogger } from './ops/request-logger.js'
import { countAnswer, requestMetrics } from './ops/request-metrics.js'
import { requestState } from './ops/request-state.js'
import { sumFigures } from './ops/sum-figures.js'
import { createReloader, type Reloader } from './reload/reloader.js'
import { routes } from './routes/index.js'
import { startLogin } from './routes/start-login.js'
import { createServices, type Seams, type Services } from './services.js'

/** Doorward, built and not yet listening. */
export interface App {
  /** Where browsers come. */
  readonly public: FastifyInstance
  /** Where operators and probes come. */
  readonly admin: FastifyInstance
  readonly metrics: Metrics
  readonly reloader: Reloader
  /** Resolves when the session store answers, or has been given its time to. */
  awaitStore(): Promise<void>
  /** Starts to refuse readiness, so that load balancers look elsewhere, and to keep no connection. */
  drain(): void
  /** Finishes requests in flight and closes everything. */
  close(): Promise<void>
}

/** Milliseconds between looks for clients whose headers do not come. */
const CHECKING_INTERVAL = 1_000

/** Resolves with the figures of all processes that serve as one, this one among them. */
export type Gather = () => Promise<readonly unknown[]>

/** Builds the rooms of a configuration and registers them in the order in which a request meets them. */
export async function createApp(source: ConfigSource, seams: Seams, gather?: Gather): Promise<App> {
  const metrics = createMetrics()
  const services = await createServices(source.config, seams, metrics.observer)
  metrics.countSessionsBy(services.sessions.cached)
  const { forgetTenants, configuration } = metrics
  const reloader = createReloader({ ...services, source, report: { ...configuration, forgetTenants } })
  const draining = createDraining()
  const publicApp = await createPublicApp(services, draining)
  // Of its own requests nothing is counted.
  const admin = createServer({ ...services, observer: NO_OBSERVER }, draining, () => undefined)
  admin.setNotFoundHandler(async () => {
    throw new DoorwardError('not_found', { reason: 'no such endpoint on the admin listener' })
  })
  await admin.register(adminApi, { prefix: '/api', services })
  await admin.register(metricsEndpoint, {
    collect: async () => (gather === undefined ? metrics.registry : sumFigures(await gather())),
  })
  await admin.register(health, {
    isAccepting: () => !draining.hasBegun,
    pingStore: () => services.store.ping(),
    reloadStatus: reloader.status,
  })
  return {
    public: publicApp,
    admin,
    metrics,
    reloader,
    awaitStore: () => services.store.ping().catch(() => undefined),
    drain: draining.begin,
    async close() {
      await publicApp.close()
      await admin.close()
      await services.settle()
      await services.store.close()
    },
  }
}

async function createPublicApp(services: Services, draining: Draining): Promise<FastifyInstance> {
  const app = createServer(services, draining, resolveTenant(services))
  for (const method of METHODS) {
    // A CONNECT never gets here; WebDAV's methods do, and belong to the upstream.
    if (!app.supportedMethods.includes(method) && method !== 'CONNECT') {
      app.addHttpMethod(method, { hasBody: true })
    }
  }
  app.setNotFoundHandler(async () => {
    throw new DoorwardError('malformed_request', { reason: 'the request target is not a path' })
  })
  const login = startLogin(services)
  await app.register(routes, {
    prefix: services.pathPrefix,
    services,
    startLogin: login,
    loadSession: inOrder([loadSession(services)]),
    refreshSession: inOrder([refreshSession(services)]),
    prepareAssertion: inOrder([prepareAssertion(services)]),
  })
  await app.register(gate, { services, startLogin: login })
  return app
}

type Resolve = (request: FastifyRequest) => undefined

function createServer(services: Services, draining: Draining, resolve: Resolve): FastifyInstance {
  const app = Fastify({
    // One of its own, with a level of its own.
    loggerInstance: services.log.child({}),
    // Failures are logged by the error handler, security events by the audit; a line a request would drown them.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: createRequestIds(),
    childLoggerFactory: (log, bindings) => new RequestLogger(log, bindings),
    requestIdHeader: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    http: {
      maxHeaderSize: services.limits.header_size,
      headersTimeout: services.limits.header_timeout,
      // Of the whole request: an upload may take its time.
      requestTimeout: 0,
      connectionsCheckingInterval: CHECKING_INTERVAL,
      ServerResponse: draining.Response,
    },
    clientErrorHandler: (error, socket) =>
      clientErrorHandler(error, socket, (code) =>
        services.observer.answered(undefined, ERRORS[code].status, code, 0),
      ),
    frameworkErrors: refuseUnroutable(services, resolve),
    schemaController: { compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas } },
  }) as unknown as FastifyInstance
  // Node would drop what is beyond 2000 in silence, also what says how long the body is; `header_size` bounds them.
  app.server.maxHeadersCount = 0
  withholdContinue(app.server)
  draining.attend(app)
  app.register(requestMetrics, services)
  app.addHook('onRequest', checkFraming())
  app.register(abandonedAnswers)
  app.register(requestState)
  app.register(cookieChanges)
  app.register(errorHandler, { pathPrefix: services.pathPrefix })
  app.addHook('onRequest', inOrder([resolve]))
  app.register(requestLimits, { limits: services.limits })
  return app
}

// No route has a schema, and the compilers of schemas would be a tenth of what a start loads.
function refuseSchemas(): never {
  throw new TypeError('schemas are not compiled here')
}

// The router could not read the path (`/%zz`) and no hook has run: a foreign hostname is still told first.
function refuseUnroutable({ pathPrefix, observer }: Services, resolve: Resolve) {
  return (cause: Error, request: FastifyRequest, reply: FastifyReply): void => {
    let refusal: unknown = new DoorwardError('ambiguous_path', {
      cause,
      reason: 'the path cannot be decoded',
    })
    try {
      resolve(request)
    } catch (error) {
      refusal = error
    }
    answerError(refusal, request, reply, pathPrefix)
    // No hook runs for it.
    countAnswer({ observer, pathPrefix }, request, reply)
  }
}
