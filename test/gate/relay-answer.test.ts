import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { test } from 'tap'
import { RelayedAnswer } from '../../src/gate/relay-answer.js'
import { listen } from '../fixtures/listen.js'

test('an answer whose client has left before it leaves is nobody’s, and no error', async (t) => {
  const errors: Error[] = []
  const server = createServer((_request, response) => {
    const depart = (departure: { leave(): void }) => {
      response.on('error', (error) => errors.push(error)).destroy()
      departure.leave()
    }
    const turns = { begin() {}, refuse: (error: Error) => errors.push(error) }
    const answer = new RelayedAnswer(response, { turns, depart, own: null })
    const exchange = { rawHeaders: [], rawTrailers: [], abort() {}, pause() {}, resume() {} }
    answer.onResponseStart(exchange, 200)
    answer.onResponseData(exchange, Buffer.from('ok'))
    answer.onResponseEnd(exchange)
  })
  const port = await listen(server)
  t.teardown(() => server.close())
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: acme.localhost\r\n\r\n')
  const heard: Buffer[] = []
  socket.on('data', (bytes) => heard.push(bytes)).on('error', () => undefined)
  await once(socket, 'close')
  t.same(heard, [])
  t.same(errors, [])
})
