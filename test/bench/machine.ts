import { availableParallelism, cpus, loadavg } from 'node:os'
import { cores } from './cores.js'

/** Where the figures come from: without it they mean little. */
export interface Machine {
  readonly cores: number
  readonly cpu: string
  readonly node: string
  /** Of the minute before the bench; above 0.5 somebody else was at work as well. */
  readonly load: number
  readonly pinned: boolean
}

export const describeMachine = (): Machine => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown CPU',
  node: process.versions.node,
  load: loadavg()[0] ?? 0,
  pinned: cores !== undefined,
})
