import fp from 'fastify-plugin'
import type { Limits } from '../config/schema.js'
import { DoorwardError } from '../errors.js'
import { requestBody } from '../request-body.js'

interface RequestLimitsOptions {
  readonly limits: Limits
}

/** Keeps bodies within the limits: announced ones before anything is done, those that are read here, and unread ones. */
export const requestLimits = fp<RequestLimitsOptions>(
  async function requestLimits(app, { limits }) {
    const { body_size: most = Number.POSITIVE_INFINITY, body_timeout } = limits

    app.addHook('onRequest', ({ headers }, _reply, done) => {
      if (Number(headers['content-length'] ?? 0) <= most) return done()
      throw new DoorwardError('body_too_large', { reason: 'the body is beyond server.limits.body_size' })
    })

    app.addHook('preParsing', async ({ raw, headers }, reply, payload) => {
      const isEmpty = headers['transfer-encoding'] === undefined && headers['content-length'] === undefined
      return isEmpty ? payload : requestBody(raw, reply.raw, limits)
    })

    // A connection that is closed while its client is still sending loses the answer on its way (RFC 9112 §9.6), so
    // the rest is read and thrown away; for a while.
    app.addHook('onResponse', ({ raw }, _reply, done) => {
      done()
      if (raw.complete) return
      raw.resume()
      setTimeout(() => {
        if (!raw.complete) raw.socket?.destroy()
      }, body_timeout).unref()
    })
  },
  { name: 'request-limits' },
)
