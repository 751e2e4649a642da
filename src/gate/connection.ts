import { Client, type Dispatcher } from 'undici'

/** One request on its way to an upstream. */
export interface Call extends Dispatcher.DispatchOptions {
  readonly origin: string
  /** Constant for an upstream: undici would open connections anew for each Host of a request. */
  readonly servername: string
  /** Where it was sent, as soon as it was. */
  connection?: Connection
}

/** A connection to an upstream, which knows whether it has carried requests before. */
export class Connection extends Client {
  #requests = 0

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options)
    this.on('connect', () => {
      this.#requests = 0
    })
  }

  override dispatch(call: Call, handler: Dispatcher.DispatchHandler): boolean {
    call.connection = this
    return super.dispatch(call, handler)
  }

  /** Counts a request that is about to be written; whether there were others before it. */
  count(): boolean {
    this.#requests += 1
    return this.#requests > 1
  }
}
