/** A worker has ended before it came to listen. */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure'
  /** That of the worker, which has said why on stderr; `undefined` where it was killed. */
  readonly exitCode: number | undefined

  constructor(code: number | null, signal: NodeJS.Signals | null) {
    super(`a worker was ended by ${signal ?? `exit code ${code}`} before it came to listen`)
    this.exitCode = code ?? undefined
  }
}
