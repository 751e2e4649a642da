import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Doorward as a process of its own, as in production. */
export interface Doorward {
  readonly processId: number | undefined
  /** Resolves when it accepts connections. */
  readonly listening: Promise<void>
  /** Resolves with how it ended, whoever wanted that. */
  readonly ended: Promise<string>
  /** Asks it to stop and resolves when it is gone. */
  stop(): Promise<void>
}

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

// Twice what its configuration allows: whoever pressed Ctrl-C gets the terminal back, whatever happens.
const PATIENCE = 4_000

/** Starts `doorward serve`; every line that it writes goes to `onLine`. */
export function startDoorward(configFile: string, onLine: (line: string) => void): Doorward {
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a process group of its own: a terminal's Ctrl-C would reach it beside the signal that `stop` sends,
    // and Doorward takes a second signal for impatience.
    detached: true,
  })
  const abandon = () => child.kill('SIGKILL')
  // Should the demo itself break, nothing may keep the port.
  process.once('exit', abandon)
  const ended = once(child, 'close').then(([code, signal]) => {
    process.off('exit', abandon)
    return signal === null ? `exit code ${code}` : String(signal)
  })
  const listening = new Promise<void>((resolve) => {
    readLines(child, (line) => {
      onLine(line)
      if (line.includes('"msg":"listening"')) resolve()
    })
  })
  return {
    processId: child.pid,
    listening,
    ended,
    async stop() {
      const deadline = setTimeout(abandon, PATIENCE)
      child.kill('SIGTERM')
      await ended
      clearTimeout(deadline)
    },
  }
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const input of [child.stdout, child.stderr]) {
    if (input !== null) createInterface({ input }).on('line', onLine)
  }
}
