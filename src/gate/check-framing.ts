import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { DoorwardError } from '../errors.js'

/**
 * Refuses what others may frame otherwise, and all that came behind it on its connection: where the next request
 * begins is a matter of opinion there. It has to be the first hook: Node hands over a pipeline in one go, and whatever
 * waits would see the later requests pass.
 */
export function checkFraming() {
  const refused = new WeakSet<Socket>()
  return function checkFraming(
    { raw }: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void {
    const { socket } = raw
    const reason = refused.has(socket) ? 'it came behind a malformed request' : findDoubt(raw)
    if (reason === undefined) {
      done()
      return
    }
    refused.add(socket)
    reply.header('connection', 'close')
    throw new DoorwardError('malformed_request', { reason })
  }
}

function findDoubt({ httpVersion, headers }: IncomingMessage): string | undefined {
  // Node's parser also takes "GET /" and "HTTP/2.0", and reads them as if they were HTTP/1.1.
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'neither HTTP/1.1 nor HTTP/1.0'
  const coding = headers['transfer-encoding']
  if (coding === undefined) return undefined
  // RFC 9112 §6.1: HTTP/1.0 knows of no codings. Node undoes chunks; any other would be forwarded undeclared.
  if (httpVersion === '1.0') return 'a transfer coding in HTTP/1.0'
  return coding.toLowerCase() === 'chunked' ? undefined : 'a transfer coding other than chunked'
}
