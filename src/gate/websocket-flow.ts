/** What back-pressure needs of a WebSocket. */
export interface Flow {
  /** Bytes that are written and not yet sent. */
  readonly bufferedAmount: number
  readonly isPaused: boolean
  readonly readyState: number
  pause(): void
  resume(): void
}

/** Bytes that may wait for a slow reader. */
const HIGH_WATER = 1024 * 1024
/** Milliseconds between looks at what is left of them; the WebSocket has no event for it. */
const LOOK_AGAIN = 10

const OPEN = 1

/** Stops reading from one side of a relay while the other side does not keep up: memory stays bounded. */
export function holdBack(from: Flow, to: Flow): void {
  if (to.bufferedAmount < HIGH_WATER || from.isPaused) return
  from.pause()
  const timer = setInterval(() => {
    if (to.readyState === OPEN && to.bufferedAmount >= HIGH_WATER) return
    clearInterval(timer)
    from.resume()
  }, LOOK_AGAIN)
  timer.unref()
}
