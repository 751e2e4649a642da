/** Opcode of a Close frame (RFC 6455 §5.2). */
const CLOSE = 8

/** Follows one direction of a WebSocket: where its frames end (RFC 6455 §5.2), whatever they hold. */
export class WebSocketFrames {
  /** Bytes of a frame's first two that have come: 0 between frames and within a payload. */
  #first = 0
  /** Bytes of the length beyond the first two, and of the mask, that are still to come. */
  #lengthLeft = 0
  #maskLeft = 0
  #length = 0
  #payloadLeft = 0
  #hasClosed = false

  /** Whether a frame may be put between what has been followed and what comes next. */
  get isBetween(): boolean {
    return this.#first === 0 && this.#payloadLeft === 0
  }

  /** Whether a Close frame has begun; nothing may follow it (RFC 6455 §5.5.1). */
  get hasClosed(): boolean {
    return this.#hasClosed
  }

  /** Follows all of a chunk. */
  follow(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at = this.followFrame(chunk, at)
  }

  /** Follows a chunk from `start` to the end of the frame there, or of the chunk; returns where that is. */
  followFrame(chunk: Buffer, start = 0): number {
    let at = start
    while (this.#payloadLeft === 0) {
      if (at === chunk.length) return at
      const isWhole = this.#followHead(chunk[at] as number)
      at += 1
      if (isWhole && this.#payloadLeft === 0) return at
    }
    const step = Math.min(this.#payloadLeft, chunk.length - at)
    this.#payloadLeft -= step
    return at + step
  }

  /** Whether this byte was the last one of a head. */
  #followHead(byte: number): boolean {
    if (this.#first === 0) {
      this.#first = 1
      if ((byte & 0x0f) === CLOSE) this.#hasClosed = true
      return false
    }
    if (this.#first === 1) {
      this.#first = 2
      const length = byte & 0x7f
      this.#lengthLeft = length === 127 ? 8 : length === 126 ? 2 : 0
      this.#maskLeft = byte & 0x80 ? 4 : 0
      this.#length = this.#lengthLeft > 0 ? 0 : length
    } else if (this.#lengthLeft > 0) {
      this.#length = this.#length * 256 + byte
      this.#lengthLeft -= 1
    } else {
      this.#maskLeft -= 1
    }
    if (this.#lengthLeft + this.#maskLeft > 0) return false
    this.#first = 0
    this.#payloadLeft = this.#length
    return true
  }
}
