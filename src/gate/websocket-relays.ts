import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { answerHeaders } from './answer-headers.js'

/** Milliseconds for the second side to end after the first one has: long enough for what is under way. */
const LINGER = 10_000
/** Milliseconds of silence after which TCP asks whether a browser is still there; undici does so at the other end. */
const KEEP_ALIVE = 60_000

/** The WebSockets that are open, each a pair of connections. */
export interface WebSocketRelays {
  /** Tells the browser that the upstream has switched, and passes on whatever either side sends from then on. */
  open(response: ServerResponse, rawHeaders: readonly Buffer[], upstream: Duplex): void
  /** Ends all of them, also those that are yet to come. */
  close(): void
}

/** Builds the relays: bytes as they come, with back-pressure, and each side's end passed on to the other. */
export function createWebSocketRelays(): WebSocketRelays {
  const pairs = new Map<Duplex, () => void>()
  let isClosing = false
  return {
    open(response, rawHeaders, upstream) {
      const browser = response.socket
      if (browser === null || browser.destroyed || isClosing) {
        upstream.destroy()
        browser?.destroy()
        return
      }
      // An idle WebSocket is no idle request; whether its browser is still there, TCP finds out.
      browser.setTimeout(0).setKeepAlive(true, KEEP_ALIVE)
      browser.write(switchingHead(rawHeaders), 'latin1')
      pairs.set(browser, join(browser, upstream))
      browser.once('close', () => pairs.delete(browser))
    },
    close() {
      isClosing = true
      for (const end of pairs.values()) end()
    },
  }
}

function switchingHead(rawHeaders: readonly Buffer[]): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
  const headers = answerHeaders(101, rawHeaders)
  for (let index = 0; index + 1 < headers.length; index += 2) {
    lines.push(`${headers[index]}: ${headers[index + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Connects both sides; returns what ends both. */
function join(browser: Duplex, upstream: Duplex): () => void {
  let open = 2
  let linger: NodeJS.Timeout | undefined
  const cut = () => {
    browser.destroy()
    upstream.destroy()
  }
  const cutSoon = () => {
    if (open > 0) linger ??= setTimeout(cut, LINGER).unref()
  }
  const passOn = (from: Duplex, to: Duplex) => {
    // What one side has yet to say, the other still hears: the end of the one closes nothing by itself.
    from.allowHalfOpen = true
    from.on('error', () => from.destroy())
    from.once('end', cutSoon)
    from.once('close', () => {
      open -= 1
      if (open === 0) clearTimeout(linger)
      else if (!from.readableEnded) to.destroy()
    })
    from.pipe(to)
  }
  passOn(browser, upstream)
  passOn(upstream, browser)
  return () => {
    for (const side of [browser, upstream]) side.unpipe().end().resume()
    cutSoon()
  }
}
