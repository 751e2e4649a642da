/** What has to be undone; the fixtures take it for their `t`. */
export interface Ending {
  /** Undoes a step when all ends, the last one first; at once when that has already begun. */
  teardown(step: () => unknown): void
  /** Whether that has begun. */
  readonly isOver: boolean
  /** Undoes everything; a step that fails does not keep the others from being undone. */
  run(): Promise<void>
}

export function createEnding(): Ending {
  const steps: (() => unknown)[] = []
  let isOver = false

  const undo = async (step: () => unknown): Promise<void> => {
    try {
      await step()
    } catch (error) {
      process.stderr.write(`bench: could not clean up: ${error}\n`)
    }
  }

  return {
    get isOver() {
      return isOver
    },
    teardown(step) {
      if (isOver) void undo(step)
      else steps.push(step)
    },
    async run() {
      isOver = true
      for (const step of steps.splice(0).reverse()) await undo(step)
    },
  }
}

/** Never resolves; rejects on Ctrl-C and SIGTERM, on an uncaught exception, and after so many milliseconds. */
export function interruption(limit: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => reject(new Error(`stopped by ${signal}`)))
    }
    // Whatever escapes the story must not end the process before its children.
    process.once('uncaughtException', reject)
    setTimeout(() => reject(new Error(`gave up after ${Math.round(limit / 1000)} s`)), limit).unref()
  })
}
