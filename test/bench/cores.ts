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

/** Gives this process every core again, for work that nobody is measured beside. */
export function unpinThisProcess(): void {
  if (cores !== undefined) pin(process.pid, [cores.server, ...cores.others])
}

/** Moves this process away from the server's core and as many of the others as make so many. */
export function leaveCores(count: number): void {
  if (cores !== undefined) pin(process.pid, [cores.server, ...cores.others].slice(count))
}

/** Moves a process away from the server's core. */
export function leaveServerCore(pid: number): void {
  if (cores !== undefined) pin(pid, cores.others)
}

function pin(pid: number, to: readonly number[]): void {
  if (taskset === undefined) return
  execFileSync(taskset, ['-a', '-p', '-c', to.join(','), String(pid)], { stdio: 'ignore' })
}

/** The command that runs a command on the server's core. */
export const onServerCore = (command: readonly string[]): readonly string[] =>
  cores === undefined ? command : on([cores.server], command)

/** The command that runs a command on the server's core and as many of the others. */
export const onCores = (count: number, command: readonly string[]): readonly string[] =>
  cores === undefined ? command : on([cores.server, ...cores.others].slice(0, count), command)

const on = (chosen: readonly number[], command: readonly string[]): readonly string[] =>
  taskset === undefined ? command : [taskset, '-c', chosen.join(','), ...command]
