import type { RedisLink } from './redis-link.js'

/** Milliseconds between two questions. */
const INTERVAL = 500
/** Milliseconds for which an answer vouches that all changes have been told; the promise of a store is two seconds. */
const FRESHNESS = 1500
/** Milliseconds after which a server that does not answer counts as lost. */
const SILENCE = 3000

/**
 * Asks the servers of a link again and again whether they are there. Whatever they had to tell before an answer has
 * come before it.
 */
export class Heartbeat {
  readonly #link: RedisLink
  readonly #timer: NodeJS.Timeout
  /** When the question was sent that has no answer yet. */
  #asked: number | undefined
  /** When the question was sent that was answered last. */
  #answered = Number.NEGATIVE_INFINITY

  constructor(link: RedisLink) {
    this.#link = link
    this.#timer = setInterval(() => this.#beat(), INTERVAL)
    this.#ask()
  }

  /** Whether all changes up to a moment ago have been told. */
  isFresh(): boolean {
    return performance.now() - this.#answered < FRESHNESS
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #beat(): void {
    const asked = this.#asked
    if (asked === undefined) this.#ask()
    else if (performance.now() - asked > SILENCE) {
      // The answer may be waiting for this process, which was busy; sockets are read before the callback.
      setImmediate(() => {
        if (this.#asked === asked) this.#link.fail(new Error(`no answer for ${SILENCE} ms`))
      })
    }
  }

  async #ask(): Promise<void> {
    const asked = performance.now()
    this.#asked = asked
    try {
      await this.#link.probe()
      this.#answered = asked
    } catch (error) {
      this.#link.fail(error as Error)
    } finally {
      this.#asked = undefined
    }
  }
}
