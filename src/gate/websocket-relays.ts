import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { joinWebSocket } from './join-websocket.js'

/** Milliseconds of silence after which TCP asks whether a browser is still there; undici does so at the other end. */
const KEEP_ALIVE = 60_000

/** The WebSockets that are open, each a pair of connections. */
export interface WebSocketRelays {
  /** Tells the browser with this head (latin1) of the switch, and passes on whatever either side sends from then on. */
  open(response: ServerResponse, head: string, upstream: Duplex): void
  /** Closes all of them with 1001, also those that are yet to come. */
  close(): void
}

/** Builds the relays: bytes as they come, with back-pressure, and each side's end passed on to the other. */
export function createWebSocketRelays(): WebSocketRelays {
  const pairs = new Map<Duplex, () => void>()
  let isClosing = false
  return {
    open(response, head, upstream) {
      const browser = response.socket
      if (browser === null || browser.destroyed) {
        upstream.destroy()
        return
      }
      // An idle WebSocket is no idle request; whether its browser is still there, TCP finds out.
      browser.setTimeout(0).setKeepAlive(true, KEEP_ALIVE)
      browser.write(head, 'latin1')
      const leave = joinWebSocket(browser, upstream)
      if (isClosing) return leave()
      pairs.set(browser, leave)
      browser.once('close', () => pairs.delete(browser))
    },
    close() {
      isClosing = true
      for (const leave of pairs.values()) leave()
    },
  }
}
