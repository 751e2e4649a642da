import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

/** The demo, running as a process of its own. */
export interface RunningDemo {
  /** Everything that it has printed so far. */
  readonly output: string
  /** Resolves with the first line that matches, already printed or still to come; rejects when it ends without. */
  line(pattern: RegExp): Promise<string>
  /** Sends a signal, where one is named, to the whole process group as a terminal does; resolves with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Starts the demo as `npm run demo` does, with `DEMO_PORT`; it ends with the test. */
export function startDemo(t: Pick<Test, 'teardown'>, port = '0'): RunningDemo {
  const child = spawn(process.execPath, ['--import', 'tsx', 'deploy/demo/main.ts'], {
    cwd: ROOT,
    env: { ...process.env, DEMO_PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const lines: string[] = []
  const readers = [child.stdout, child.stderr].map((input) => createInterface({ input }))
  for (const reader of readers) reader.on('line', (line) => lines.push(line))
  const closed: Promise<[code: number | null]> = once(child, 'close') as Promise<[number | null]>
  const end = async (signal?: NodeJS.Signals) => {
    const isRunning = child.exitCode === null && child.signalCode === null
    if (signal !== undefined && isRunning && child.pid !== undefined) process.kill(-child.pid, signal)
    const [code] = await closed
    return code
  }
  t.teardown(() => end('SIGTERM'))
  return {
    get output() {
      return lines.join('\n')
    },
    async line(pattern) {
      const printed = lines.find((line) => pattern.test(line))
      if (printed !== undefined) return printed
      return new Promise((resolve, reject) => {
        const look = (line: string) => pattern.test(line) && resolve(line)
        for (const reader of readers) reader.on('line', look)
        closed.then(() => reject(new Error(`the demo ended without ${pattern}:\n${lines.join('\n')}`)))
      })
    },
    end,
  }
}
