import cluster from 'node:cluster'
import { EventEmitter, once } from 'node:events'
import type { Addresses, ToPrimary, ToWorker } from './messages.js'
import { WorkerFailure } from './worker-failure.js'

/** How a worker has ended: its exit code, or the signal that killed it. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A worker, from its start to its end. */
export interface ForkedWorker {
  readonly pid: number | undefined
  readonly isListening: boolean
  /** Rejects with a `WorkerFailure` when it ends before that. */
  readonly listening: Promise<Addresses>
  readonly ended: Promise<Ending>
  /** The figures that it has said last; `undefined` before it has been asked. */
  readonly lastSaid: unknown
  /** Resolves when it has said its figures. */
  ask(): Promise<void>
  /** Calls this when it asks for the figures of all. */
  onGather(gather: () => void): void
  /** Answers that. */
  answer(figures: readonly unknown[]): void
  reload(reason: string): void
  /** Has it send load balancers elsewhere. */
  drain(): void
  /** Gives it no further connections, and has it finish what it has been given. */
  close(): void
  kill(): void
}

/** Starts this program once more, as a worker of this process. */
export function forkWorker(): ForkedWorker {
  const worker = cluster.fork()
  // What could not be told: its end, which is told as well, is what counts.
  worker.on('error', () => undefined)
  const tell = (message: ToWorker) => worker.isConnected() && worker.send(message)
  const ended = once(worker, 'exit').then(([code, signal]): Ending => ({ code, signal }))
  let isListening = false
  let lastSaid: unknown
  const heard = new EventEmitter()
  const listening = new Promise<Addresses>((resolve, reject) => {
    worker.on('message', (message: ToPrimary) => {
      if (message.kind === 'listening') {
        isListening = true
        resolve(message.addresses)
      }
      if (message.kind === 'said') lastSaid = message.figures
      heard.emit(message.kind)
    })
    ended.then(({ code, signal }) => reject(new WorkerFailure(code, signal)))
  })
  listening.catch(() => undefined)
  return {
    pid: worker.process.pid,
    get isListening() {
      return isListening
    },
    listening,
    ended,
    get lastSaid() {
      return lastSaid
    },
    ask() {
      const said = new Promise<void>((resolve) => heard.once('said', resolve))
      tell({ kind: 'say' })
      return said
    },
    onGather(gather) {
      heard.on('gather', gather)
    },
    answer(figures) {
      tell({ kind: 'gathered', figures })
    },
    reload(reason) {
      tell({ kind: 'reload', reason })
    },
    drain() {
      tell({ kind: 'drain' })
    },
    close() {
      if (!tell({ kind: 'close' })) return
      // Were it to close its listeners by itself, a connection that is on the way to the last worker would come back
      // to be nobody's. So the primary closes them: what is on the way arrives before it hears of that.
      worker.disconnect()
    },
    kill() {
      worker.process.kill('SIGKILL')
    },
  }
}
