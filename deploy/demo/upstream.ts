import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  displayName,
  type GuestbookEntry,
  guestbookPage,
  homePage,
  missingPage,
  reportPage,
} from './app-pages.js'
import { visitorOf } from './app-visitor.js'

/** A running demo app. */
interface DemoApp {
  readonly url: string
  close(): Promise<void>
}

const LARGEST_FORM = 16 * 1024
const MOST_ENTRIES = 50

function sendPage(response: ServerResponse, html: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html)
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_FORM) throw new Error('the form is too large')
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString())
}

/** Calls `send` with 1, 2, 3 … each second; returns how to stop it. */
function count(send: (seconds: number) => void): () => void {
  let seconds = 0
  const timer = setInterval(() => send(++seconds), 1_000)
  return () => clearInterval(timer)
}

function streamEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write('data: 0\n\n')
  response.on(
    'close',
    count((seconds) => response.write(`data: ${seconds}\n\n`)),
  )
}

function goLive(socket: WebSocket): void {
  socket.send('0')
  socket.on(
    'close',
    count((seconds) => socket.send(String(seconds))),
  )
  socket.on('error', () => socket.terminate())
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  guestbooks: Map<string, GuestbookEntry[]>,
): Promise<void> {
  const { pathname, searchParams } = new URL(`http://app${request.url ?? '/'}`)
  const visitor = visitorOf(request.headers)
  const entries = guestbooks.get(visitor.tenant ?? '') ?? []
  if (pathname === '/') sendPage(response, homePage(visitor))
  else if (pathname === '/events') streamEvents(response)
  else if (pathname === '/guestbook' && request.method === 'POST') {
    const text = (await readForm(request)).get('text')?.trim().slice(0, 500)
    if (text) {
      const author = displayName(visitor)
      guestbooks.set(visitor.tenant ?? '', [{ author, text }, ...entries].slice(0, MOST_ENTRIES))
    }
    response.writeHead(303, { location: '/guestbook' }).end()
  } else if (pathname === '/guestbook') sendPage(response, guestbookPage(visitor, entries))
  else if (/^\/reports\/\d{4}$/.test(pathname)) {
    sendPage(response, reportPage(visitor, pathname, searchParams.get('quarter') ?? '1'))
  } else sendPage(response, missingPage(visitor), 404)
}

/** Starts the demo's app, on a free loopback port by default: plain HTTP, and it knows nothing of OpenID Connect. */
export async function startDemoApp(port = 0, host = '127.0.0.1'): Promise<DemoApp> {
  const guestbooks = new Map<string, GuestbookEntry[]>()
  const server = createServer((request, response) => {
    // Only a form that breaks off or never ends comes here: there is nobody to answer.
    answer(request, response, guestbooks).catch(() => response.destroy())
  })
  const webSockets = new WebSocketServer({ server, path: '/live' })
  webSockets.on('connection', goLive)
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the demo app has no port')
  return {
    url: `http://${host}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of webSockets.clients) socket.terminate()
        server.closeAllConnections()
      }),
  }
}
