import { cpuTime } from './cpu-time.js'
import type { LoadFigures, LoadGenerator } from './load.js'
import type { Options } from './options.js'
import type { Server } from './servers/server.js'

/** A server under load for a while. */
export interface Figures extends LoadFigures {
  /** Seconds of CPU a second: below 1 the load or a stranger on its core was the bottleneck, not the server. */
  readonly cpu: number | undefined
}

/** The figures of a server in one round that counts. */
export interface Round extends Figures {
  readonly server: string
  readonly number: number
}

/** Puts a server under load and watches the CPU time it gets meanwhile. */
export async function measure(load: LoadGenerator, server: Server, options: Options): Promise<Figures> {
  const before = cpuTime(server.pid)
  const figures = await load.run(server, options)
  const after = cpuTime(server.pid)
  const used = before === undefined || after === undefined ? undefined : after - before
  return { ...figures, cpu: used && used / options.seconds }
}
