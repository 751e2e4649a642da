import { createServer, type ServerResponse } from 'node:http'
import { Agent, type Dispatcher } from 'undici'

// A proxy of `node:http` and undici's `dispatch` and nothing else: no sessions, no rules, no header is looked at.
const [origin = '', port] = process.argv.slice(2)
const agent = new Agent({ pipelining: 1 })

createServer((request, response) => {
  const { method = 'GET', url: path = '/', rawHeaders: headers } = request
  const body = method === 'GET' || method === 'HEAD' ? null : request
  agent.dispatch(
    { origin, path, method: method as Dispatcher.HttpMethod, headers, body },
    answerHandler(response),
  )
}).listen(Number(port), '127.0.0.1')

const answerHandler = (response: ServerResponse): Dispatcher.DispatchHandler => ({
  onRequestStart(controller) {
    response.once('close', () => {
      if (!response.writableFinished) controller.abort(new Error('the client went away'))
    })
  },
  onResponseStart(controller, status, _headers, statusMessage) {
    response.writeHead(
      status,
      statusMessage,
      (controller.rawHeaders as Buffer[]).map((part) => part.toString('latin1')),
    )
    response.on('drain', () => controller.resume())
  },
  onResponseData(controller, chunk) {
    if (!response.write(chunk)) controller.pause()
  },
  onResponseEnd() {
    response.end()
  },
  onResponseError(_controller, error) {
    response.destroy(error)
  },
})
