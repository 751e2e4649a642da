import { test } from 'tap'
import { WebSocketFrames } from '../../src/gate/websocket-frames.js'

/** A frame's head: opcode, length in its shortest form, and a mask where it comes from a browser. */
function head(opcode: number, length: number, isMasked: boolean): Buffer {
  const mask = isMasked ? 0x80 : 0
  const rest = Buffer.alloc(isMasked ? 4 : 0, 0x88)
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, mask | length]), rest])
  const extended = Buffer.alloc(length < 65_536 ? 2 : 8)
  extended.writeUIntBE(length, extended.length === 2 ? 0 : 2, extended.length === 2 ? 2 : 6)
  return Buffer.concat([
    Buffer.from([0x80 | opcode, mask | (extended.length === 2 ? 126 : 127)]),
    extended,
    rest,
  ])
}

const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 0, 3]

test('the ends of frames are found, in whatever pieces they come', async (t) => {
  for (const isMasked of [false, true]) {
    // Payloads that look like heads of Close frames.
    const frames = LENGTHS.map((length) =>
      Buffer.concat([head(2, length, isMasked), Buffer.alloc(length, 0x88)]),
    )
    const bytes = Buffer.concat(frames)
    const ends = new Set(frames.map((_, index) => Buffer.concat(frames.slice(0, index + 1)).length))
    for (const step of [1, 2, 3, 7, 1000, bytes.length]) {
      const followed = new WebSocketFrames()
      const found: number[] = []
      for (let from = 0; from < bytes.length; from += step) {
        const chunk = bytes.subarray(from, from + step)
        for (let at = 0; at < chunk.length; ) {
          at = followed.followFrame(chunk, at)
          if (followed.isBetween) found.push(from + at)
        }
      }
      t.same(found, [...ends], `${isMasked ? 'masked' : 'unmasked'}, ${step} bytes at a time`)
      t.notOk(followed.hasClosed)
    }
  }
})

test('all of a chunk is followed, and a Close frame is noticed with its first byte', async (t) => {
  const followed = new WebSocketFrames()
  t.ok(followed.isBetween, 'before the first frame')
  followed.follow(Buffer.concat([head(1, 2, false), Buffer.from('hi'), head(9, 0, false), head(1, 3, false)]))
  t.notOk(followed.isBetween)
  followed.follow(Buffer.from('abc'))
  t.ok(followed.isBetween)
  followed.follow(head(8, 2, false).subarray(0, 1))
  t.ok(followed.hasClosed)
  t.notOk(followed.isBetween)
})

test('a length beyond what a number of 32 bits can say is followed', async (t) => {
  const followed = new WebSocketFrames()
  const length = 5 * 1024 ** 3
  followed.follow(head(2, length, false))
  const chunk = Buffer.alloc(1024 ** 2)
  for (let left = length; left > chunk.length; left -= chunk.length) followed.follow(chunk)
  t.notOk(followed.isBetween)
  followed.follow(chunk)
  t.ok(followed.isBetween)
})
