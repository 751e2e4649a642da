import { readFileSync, writeFileSync } from 'node:fs'

/** MiB of memory that a process has right now. */
export const residentMemory = (pid: number): number => fieldOf(pid, 'VmRSS')

/** MiB of memory that a process had at its most since `forgetPeak`. */
export const peakMemory = (pid: number): number => fieldOf(pid, 'VmHWM')

/** proc(5): 5 resets the peak of the resident memory to what it is now. */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5')

function fieldOf(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
}
