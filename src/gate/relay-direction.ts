import type { Duplex } from 'node:stream'
import { WebSocketFrames } from './websocket-frames.js'

/** One direction of a WebSocket: the bytes of one side on their way to the other, with back-pressure. */
export class RelayDirection {
  readonly #from: Duplex
  readonly #to: Duplex
  readonly #frames = new WebSocketFrames()
  #close: Buffer | undefined
  #isDue = false
  #isOver = false

  constructor(from: Duplex, to: Duplex) {
    this.#from = from
    this.#to = to
    from.on('data', (chunk: Buffer) => this.#pass(chunk))
    from.once('end', () => {
      this.#sayClose()
      to.end()
    })
    to.on('drain', () => from.resume())
  }

  /** Has this Close frame said when the side ends without one of its own. */
  endWith(frame: Buffer): void {
    this.#close = frame
  }

  /** Has this Close frame said as soon as none is under way; what the side says after that is dropped. */
  closeWith(frame: Buffer): void {
    this.#close = frame
    this.#isDue = true
    this.#sayClose()
  }

  #pass(chunk: Buffer): void {
    if (this.#isOver) return
    if (!this.#isDue) {
      this.#frames.follow(chunk)
      if (!this.#to.write(chunk)) this.#from.pause()
      return
    }
    const end = this.#frames.followFrame(chunk)
    if (!this.#to.write(chunk.subarray(0, end))) this.#from.pause()
    this.#sayClose()
  }

  #sayClose(): void {
    if (this.#close === undefined || this.#isOver || !this.#frames.isBetween) return
    this.#isOver = true
    // Of two, the second would come after the end (RFC 6455 §5.5.1).
    if (!this.#frames.hasClosed) this.#to.write(this.#close)
  }
}
