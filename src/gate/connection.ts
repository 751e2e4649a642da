import { Client, type Dispatcher } from 'undici'

/** One request on its way to an upstream. */
export interface Call extends Dispatcher.DispatchOptions {
  /** Constant for an upstream: undici would open connections anew for each Host of a request. */
  readonly servername: string
}

/** A connection to an upstream, which knows whether it stands and whether it has carried requests before. */
export class Connection extends Client {
  #isOpen = false
  #isUsed = false

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options)
    this.on('connect', () => {
      this.#isOpen = true
      this.#isUsed = false
    })
    this.on('disconnect', () => {
      this.#isOpen = false
    })
    // Free again.
    this.on('drain', () => {
      this.#isUsed = true
    })
  }

  /** Whether it stands; one that does not is opened by its next request. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether it has carried requests before the one that is under way. */
  get isUsed(): boolean {
    return this.#isUsed
  }
}
