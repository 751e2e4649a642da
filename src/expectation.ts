import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** Those whose client withholds the body until it hears that somebody wants it. */
const waiting = new WeakSet<ServerResponse>()

/**
 * Leaves it to whoever reads a body to ask for it (RFC 9110 §10.1.1). Node would do so before anybody has judged the
 * request, and a refused upload would come whole.
 */
export function withholdContinue(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers
    // Where nothing will come, Node would close the connection for want of the word.
    if (coding === undefined && Number(length ?? 0) === 0) response.writeContinue()
    else waiting.add(response)
    server.emit('request', request, response)
  })
}

/** Asks the client for the body that it withholds, if it does. */
export function askForBody(response: ServerResponse): void {
  if (waiting.delete(response) && !response.headersSent) response.writeContinue()
}
