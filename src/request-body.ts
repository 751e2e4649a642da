import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Limits } from './config/schema.js'
import { DoorwardError } from './errors.js'
import { askForBody } from './expectation.js'

/** Bytes that count as getting on: one in each period would hold a connection to the app for ever. */
const PROGRESS = 1024

/**
 * The body of a request for whoever consumes it, with back-pressure. It fails with `body_too_large` or
 * `request_timeout` where the client goes beyond the limits, and leaves the connection alone: an answer can still be
 * sent. Time in which the consumer takes nothing is not the client's. What nobody has read by the end of the answer
 * is thrown away. A client that waits for `100 Continue` hears it when the consumer begins to read.
 */
export function requestBody(raw: IncomingMessage, response: ServerResponse, limits: Limits): Readable {
  const { body_size: most = Number.POSITIVE_INFINITY, body_timeout } = limits
  let received = 0
  let credited = 0
  let timer: NodeJS.Timeout | undefined

  const onTimeout = () => {
    body.destroy(new DoorwardError('request_timeout', { reason: 'the body of the request does not get on' }))
  }
  const stopTimer = () => {
    clearTimeout(timer)
    timer = undefined
  }
  const onData = (chunk: Buffer) => {
    received += chunk.length
    if (received > most) {
      body.destroy(
        new DoorwardError('body_too_large', { reason: 'the body is beyond server.limits.body_size' }),
      )
      return
    }
    if (received - credited >= PROGRESS) {
      credited = received
      timer?.refresh()
    }
    if (body.push(chunk)) return
    raw.pause()
    stopTimer()
  }
  const onEnd = () => {
    stopTimer()
    body.push(null)
  }
  // A request that has come whole closes before a slow consumer has taken the last of it.
  const onLeft = () => {
    if (!raw.complete) body.destroy(new Error('the client went away'))
  }
  const onAnswered = () => body.destroy(raw.complete ? undefined : new Error('the client went away'))

  const body = new Readable({
    read() {
      askForBody(response)
      timer ??= setTimeout(onTimeout, body_timeout)
      raw.resume()
    },
    destroy(error, done) {
      stopTimer()
      raw.off('data', onData).off('end', onEnd).off('close', onLeft)
      response.off('close', onAnswered)
      raw.resume()
      done(error)
    },
  })
  // Paused first: a listener for data would set the body flowing before anybody takes it.
  raw.pause().on('data', onData).once('end', onEnd).once('close', onLeft)
  response.once('close', onAnswered)
  // A consumer that has given up listens no more, and an error that nobody hears would end the process.
  body.on('error', () => undefined)
  return body
}
