import { fileURLToPath } from 'node:url'
import type { Ending } from './ending.js'
import type { LoadGenerator } from './load.js'
import { runProgram } from './start-program.js'

const REPORT = fileURLToPath(new URL('./wrk-report.lua', import.meta.url))

/** What `wrk-report.lua` writes after wrk's own report. */
interface WrkReport {
  readonly requests: number
  readonly microseconds: number
  readonly p99Microseconds: number
  /** Answers of 400 and above, and connections that failed. */
  readonly failures: number
}

/** wrk with one thread: it has one core, and shares it. */
export const createWrk = (ending: Ending, program: string): LoadGenerator => ({
  name: 'wrk',
  async run({ name, url, headers, cookieFile }, { seconds, connections }) {
    const command = [
      program,
      '--threads=1',
      `--connections=${connections}`,
      `--duration=${seconds}s`,
      '--timeout=10s',
      `--script=${REPORT}`,
      ...Object.entries(headers).map(([header, value]) => `--header=${header}: ${value}`),
      url,
      ...(cookieFile === undefined ? [] : ['--', cookieFile]),
    ]
    const output = await runProgram(ending, command)
    const report = JSON.parse(output.trim().split('\n').at(-1) ?? '') as WrkReport
    const { requests, microseconds, p99Microseconds, failures } = report
    if (failures > 0 || requests === 0) {
      throw new Error(`${name}: ${failures} failures in ${requests} requests:\n${output}`)
    }
    return { requestsPerSecond: (requests / microseconds) * 1e6, p99: p99Microseconds / 1000 }
  },
})
