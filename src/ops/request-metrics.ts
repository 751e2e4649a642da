import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ERRORS, type ErrorCode } from '../errors.js'
import type { LogoutKind, Observer, RequestOutcome } from '../observer.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** When it was met, of the monotonic clock in milliseconds; 0 before that. */
    arrivedAt: number
    /** When it was sent to the upstream, by the same clock; 0 before that. */
    sentAt: number
    /** What its answer is counted as, where that is known before it is made; `null` as long as nothing is. */
    outcome: RequestOutcome | null
    /** Whether it has been counted. */
    isCounted: boolean
  }
}

interface RequestMetricsOptions {
  readonly observer: Observer
  readonly pathPrefix: string
}

/** The endpoints whose errors are those of a sign-out; what succeeds, who signs out tells. */
const LOGOUTS: { readonly [path: string]: LogoutKind } = {
  '/logout': 'user',
  '/logout/frontchannel': 'front_channel',
  '/logout/backchannel': 'back_channel',
  '/global-token-revocation': 'universal',
}

const UPSTREAM_ERRORS: ReadonlySet<RequestOutcome> = new Set(['upstream_unreachable', 'upstream_timeout'])

/** Counts what Doorward answers by itself; forwarded requests, which do not leave by way of Fastify, the gate counts. */
export const requestMetrics = fp<RequestMetricsOptions>(
  async function requestMetrics(app: FastifyInstance, { observer, pathPrefix }) {
    app.decorateRequest('arrivedAt', 0)
    app.decorateRequest('sentAt', 0)
    app.decorateRequest('outcome', null)
    app.decorateRequest('isCounted', false)
    app.addHook('onRequest', (request, _reply, done) => {
      request.arrivedAt = performance.now()
      done()
    })
    // Nothing else waits for a forwarded request: this is not run for it.
    app.addHook('onSend', (request, reply, payload, done) => {
      countAnswer({ observer, pathPrefix }, request, reply)
      done(null, payload)
    })
  },
  { name: 'request-metrics' },
)

/** Counts an answer of Doorward's own, once. The request may be one that the router has refused. */
export function countAnswer(
  { observer, pathPrefix }: RequestMetricsOptions,
  request: FastifyRequest,
  { statusCode }: Pick<FastifyReply, 'statusCode'>,
): void {
  if (request.isCounted) return
  request.isCounted = true
  const { arrivedAt, sentAt, failureEvent } = request
  const outcome = request.outcome ?? 'answered'
  const tenant = request.site?.tenant.id
  const now = performance.now()
  // What the upstream took is not Doorward's time. The router's refusals have not arrived anywhere.
  observer.answered(tenant, statusCode, outcome, arrivedAt ? (sentAt || now) - arrivedAt : 0)
  // A client that did not go on with its body is not the upstream's failure.
  if (sentAt && UPSTREAM_ERRORS.has(outcome)) observer.notForwarded(now - sentAt)
  if (tenant === undefined || !isError(outcome)) return
  if (failureEvent === 'login.failed') observer.loginEnded(tenant, outcome)
  const kind = LOGOUTS[request.routeOptions.url?.slice(pathPrefix.length) ?? '']
  if (kind !== undefined) observer.signedOut(tenant, kind, outcome)
}

const isError = (outcome: RequestOutcome): outcome is ErrorCode => Object.hasOwn(ERRORS, outcome)
