import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { findProgram } from '../fixtures/find-program.js'

/** The server under test has one core to itself; whatever makes load shares the others. */
export interface Cores {
  readonly server: number
  readonly others: readonly number[]
}

const taskset = findProgram('taskset')

/** `undefined` where nothing can be pinned: no taskset, or a single core. */
export const cores: Cores | undefined = shareOut()

function shareOut(): Cores | undefined {
  if (taskset === undefined) return undefined
  const [server, ...others] = allowedCores()
  return server === undefined || others.length === 0 ? undefined : { server, others }
}

// A container may be allowed cores 6 and 7 only.
function allowedCores(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8')
  const ranges = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1]?.split(',') ?? []
  return ranges.flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** Moves this process away from the server's core; what it starts from now on follows. */
export const pinThisProcess = (): void => leaveServerCore(process.pid)

/** Moves a process away from the server's core. */
export function leaveServerCore(pid: number): void {
  if (taskset === undefined || cores === undefined) return
  execFileSync(taskset, ['-a', '-p', '-c', cores.others.join(','), String(pid)])
}

/** The command that runs a command on the server's core. */
export const onServerCore = (command: readonly string[]): readonly string[] =>
  taskset === undefined || cores === undefined ? command : [taskset, '-c', String(cores.server), ...command]
