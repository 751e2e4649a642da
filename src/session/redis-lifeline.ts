import { setMaxListeners } from 'node:events'

/**
 * What all sockets of one link hang on. The client's own `destroy` leaves behind a socket that is still connecting,
 * and throws where one is closed already; a signal ends each in whatever state.
 */
export class Lifeline {
  readonly #controller = new AbortController()

  constructor() {
    // Each socket of a link listens to it, of however large a cluster.
    setMaxListeners(0, this.#controller.signal)
  }

  /** For the options of every socket. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Ends all sockets at once. */
  cut(): void {
    this.#controller.abort()
  }

  /** Waits for `work`; rejects when it takes longer than `bound` or is not wanted any more. */
  async wait<Result>(work: Promise<Result>, bound: number, closing: AbortSignal): Promise<Result> {
    let timer: NodeJS.Timeout | undefined
    let close: (() => void) | undefined
    const end = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${bound} ms`)), bound)
      close = () => reject(new Error('closed'))
      closing.addEventListener('abort', close)
      if (closing.aborted) close()
    })
    try {
      return await Promise.race([work, end])
    } finally {
      clearTimeout(timer)
      if (close !== undefined) closing.removeEventListener('abort', close)
    }
  }

  /** Waits for `work` in the same way, and ends all sockets when it fails. */
  async within<Result>(work: Promise<Result>, bound: number, closing: AbortSignal): Promise<Result> {
    try {
      return await this.wait(work, bound, closing)
    } catch (error) {
      this.cut()
      throw error
    }
  }
}
