import type { Duplex } from 'node:stream'
import { RelayDirection } from './relay-direction.js'
import { closeForBrowser, closeForUpstream } from './websocket-close.js'

/** Milliseconds for the second side to end after the first one has: long enough for what is under way. */
const LINGER = 10_000
/** Milliseconds for a browser to answer a Close, after which the app is told by Doorward. */
const PATIENCE = 2_000

/** Connects both sides of a WebSocket; returns what closes it with 1001. */
export function joinWebSocket(browser: Duplex, upstream: Duplex): () => void {
  let open = 2
  const timers: NodeJS.Timeout[] = []
  const later = (milliseconds: number, act: () => void) => timers.push(setTimeout(act, milliseconds).unref())
  const cut = () => {
    browser.destroy()
    upstream.destroy()
  }
  const cutSoon = () => {
    if (open > 0) later(LINGER, cut)
  }
  const attend = (side: Duplex, other: Duplex) => {
    // What one side has yet to say, the other still hears: the end of the one closes nothing by itself.
    side.allowHalfOpen = true
    side.on('error', () => side.destroy())
    side.once('end', cutSoon)
    side.once('close', () => {
      open -= 1
      if (open === 0) for (const timer of timers) clearTimeout(timer)
      else if (!side.readableEnded) other.destroy()
    })
  }
  attend(browser, upstream)
  attend(upstream, browser)
  const down = new RelayDirection(upstream, browser)
  const up = new RelayDirection(browser, upstream)
  return () => {
    // What the browser has said until it hears of this still arrives, and last its answer, which says the same.
    down.closeWith(closeForBrowser())
    up.endWith(closeForUpstream())
    later(PATIENCE, () => up.closeWith(closeForUpstream()))
    cutSoon()
  }
}
