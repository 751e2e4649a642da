import cluster from 'node:cluster'
import type { Addresses, ToPrimary, ToWorker } from './messages.js'

interface Server {
  readonly addresses: Addresses
  reload(reason: string): unknown
  drain(): void
  close(): Promise<void>
  /** Resolves with what can be told of this process, as JSON. */
  figures(): Promise<unknown>
}

/** Resolves with the figures of all workers, the one that asks among them. */
type Gather = () => Promise<readonly unknown[]>

/** Whether this process is one of several that a primary has started. */
export const isWorker = (): boolean => cluster.isWorker

/** Serves until the primary says that it is enough; resolves when all is finished. */
export async function serveAsWorker(open: (gather: Gather) => Promise<Server>): Promise<void> {
  const isConnected = () => cluster.worker?.isConnected() ?? false
  const tell = (message: ToPrimary) => isConnected() && cluster.worker?.send(message)
  const asking: ((figures: readonly unknown[]) => void)[] = []
  let server: Server | undefined
  const closed = new Promise<void>((resolve, reject) => {
    const heed = async (message: ToWorker): Promise<void> => {
      if (message.kind === 'reload') server?.reload(message.reason)
      if (message.kind === 'drain') server?.drain()
      if (message.kind === 'close') server?.close().then(resolve, reject)
      if (message.kind === 'say') tell({ kind: 'said', figures: await server?.figures() })
      // Answers come in the order of the questions, or one for several; figures do not get older by that.
      if (message.kind === 'gathered') for (const resolve of asking.splice(0)) resolve(message.figures)
    }
    cluster.worker?.on('message', (message: ToWorker) => heed(message).catch(reject))
  })
  server = await open(async () => {
    // At the end of all.
    if (!isConnected()) return [await server?.figures()]
    return new Promise((resolve) => {
      asking.push(resolve)
      if (asking.length === 1) tell({ kind: 'gather' })
    })
  })
  tell({ kind: 'listening', addresses: server.addresses })
  await closed
}

/** Lets go of the primary, which would keep a process that has failed. */
export function leavePrimary(): void {
  cluster.worker?.disconnect()
}
