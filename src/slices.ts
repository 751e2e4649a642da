import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work that may be interrupted wherever it yields. */
export type Steps<Result> = Generator<void, Result>

/** Milliseconds of work in one go while others wait. */
const SLICE = 2

/** Does the work in one go. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Does the work in slices of a few milliseconds, between which everybody else has their turn. */
export async function inSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const end = performance.now() + SLICE
    while (performance.now() < end) {
      const { done, value } = steps.next()
      if (done) return value
    }
    await nextTurn()
  }
}
