import { readFileSync } from 'node:fs'

// sysconf(_SC_CLK_TCK) is 100 on every Linux that Node runs on.
const TICKS_PER_SECOND = 100

/** Below this share of a core a server has not shown what it can do. */
export const ENOUGH_CPU = 0.9

/**
 * Seconds of CPU that a process and all below it have had so far, all threads together; `undefined` where there is no
 * /proc.
 */
export function cpuTime(pid: number): number | undefined {
  const times = cpuTimes(pid)
  return times.size === 0 ? undefined : [...times.values()].reduce((sum, seconds) => sum + seconds, 0)
}

/** The same of each of them, by its pid. */
export function cpuTimes(pid: number): ReadonlyMap<number, number> {
  try {
    return new Map(family(pid).map((member) => [member, ticks(member) / TICKS_PER_SECOND]))
  } catch {
    return new Map()
  }
}

// Of the main thread only: nobody here starts processes from others.
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

const family = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(family)]

function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // proc(5): the command's name, in parentheses, may hold anything; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
