import { createServer } from 'node:http'

const [port, body = ''] = process.argv.slice(2)
const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) }

createServer((_request, response) => response.writeHead(200, headers).end(body)).listen(
  Number(port),
  '127.0.0.1',
)
