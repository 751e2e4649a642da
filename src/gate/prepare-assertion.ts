import type { FastifyRequest } from 'fastify'
import type { Services } from '../services.js'
import { upstreamOf } from './upstream-of.js'

/**
 * Has the identity assertion of a signed-in person at hand for the headers to the upstream, where they name it. Without
 * it the request goes no further: 503 while the store does not give the key.
 */
export const prepareAssertion = ({ of }: Services) =>
  function prepareAssertion(request: FastifyRequest): undefined | Promise<void> {
    const { opened } = request
    if (opened === null) return undefined
    const { assertions } = of(request.requireSite().tenant)
    if (assertions === undefined) return undefined
    const subject = { identity: opened.session.identity, version: opened.version }
    return assertions.issue(subject, upstreamOf(request).url).then((assertion) => {
      request.assertion = assertion
    })
  }
