import type { Dispatcher } from 'undici'
import type { Call, Connection } from './connection.js'

/**
 * The connections to one upstream, each with one request at a time. The one that was free last is used next, so that
 * those beyond the need of the moment fall idle and end. Undici's own pool looks at all of them for each request.
 */
export class UpstreamPool {
  readonly #connect: () => Connection
  readonly #all = new Set<Connection>()
  #free: Connection[] = []

  /** `connect` makes a connection, which is opened by its first request. */
  constructor(connect: () => Connection) {
    this.#connect = connect
  }

  /** Sends a request on a free connection, or on a new one; `handle` makes what is told of it. */
  dispatch(call: Call, handle: (connection: Connection) => Dispatcher.DispatchHandler): void {
    const connection = this.#free.pop() ?? this.#add()
    connection.dispatch(call, handle(connection))
  }

  /** Cuts all of them. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#all].map((connection) => connection.destroy()))
  }

  #add(): Connection {
    const connection = this.#connect()
    this.#all.add(connection)
    // After a certificate for another name none is free again for undici, which keeps the request as one under way.
    connection.on('connectionError', () => this.#all.delete(connection))
    connection.on('connect', () => this.#all.add(connection))
    connection.on('drain', () => {
      if (connection.isOpen) this.#free.push(connection)
      else this.#all.delete(connection)
    })
    connection.on('disconnect', () => {
      const place = this.#free.indexOf(connection)
      // With a request under way it connects again, and is looked at when that is over.
      if (place === -1) return
      this.#free.splice(place, 1)
      this.#all.delete(connection)
    })
    return connection
  }
}
