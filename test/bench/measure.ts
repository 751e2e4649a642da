import { cpuTime } from './cpu-time.js'
import type { Numbered } from './interleave.js'
import type { LoadFigures, LoadGenerator } from './load.js'
import type { Options } from './options.js'
import type { Server } from './servers/server.js'

/** A server under load for a while. */
export interface Figures extends LoadFigures {
  /** Seconds of CPU a second: below 1 the load or a stranger on its core was the bottleneck, not the server. */
  readonly cpu: number | undefined
}

/** The figures of a server in one round that counts. */
export type Round = Numbered<Figures>

/** Puts a server under load and watches the CPU time it gets meanwhile. */
export async function measure(
  load: LoadGenerator,
  server: Server,
  options: { readonly seconds: number; readonly connections: number },
): Promise<Figures> {
  const { cpu, ...rest } = await watchCpu(server, () => load.run(server, options))
  return { ...rest, cpu: cpu && cpu / options.seconds }
}

/**
 * Puts every server under load once, for what only asks little of them afterwards: Node compiles what is busy. A single
 * round has no warm-up.
 */
export async function warmUp(
  load: LoadGenerator,
  servers: readonly Server[],
  options: Options,
): Promise<void> {
  if (options.rounds === 1) return
  for (const server of servers) await load.run(server, options)
}

/** Adds to what some work resolves the seconds of CPU that a server has had meanwhile. */
export async function watchCpu<T extends object>(
  { pid }: Server,
  work: () => Promise<T>,
): Promise<T & { readonly cpu: number | undefined }> {
  const before = cpuTime(pid)
  const result = await work()
  const after = cpuTime(pid)
  return { ...result, cpu: before === undefined || after === undefined ? undefined : after - before }
}
