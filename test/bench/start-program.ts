import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ending } from './ending.js'

// Ten thousand tenants on a machine that has other things to do.
const READY_MS = 90_000
const GRACE_MS = 5000
const REMEMBERED_OUTPUT = 4000

/** Starts a server program and resolves its pid when its port answers; it stops with the bench. */
export async function startProgram(
  ending: Ending,
  command: readonly string[],
  port: number,
): Promise<number> {
  const child = launch(ending, command)
  let output = ''
  const remember = (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-REMEMBERED_OUTPUT)
  }
  child.stdout?.on('data', remember)
  child.stderr?.on('data', remember)
  const deadline = Date.now() + READY_MS
  while (isRunning(child) && Date.now() < deadline) {
    if (child.pid !== undefined && (await accepts(port))) return child.pid
    await sleep(5)
  }
  throw new Error(`${command.join(' ')} does not answer on port ${port}:\n${output}`)
}

/** Runs a program to its end and resolves its output; rejects when it fails. */
export async function runProgram(ending: Ending, command: readonly string[]): Promise<string> {
  const child = launch(ending, command)
  let output = ''
  let complaint = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  child.stderr?.on('data', (chunk) => {
    complaint += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command.join(' ')} failed with ${code}:\n${output}${complaint}`)
  return output
}

/** Launches a program with its output in pipes; it stops with the bench. */
export function launch(ending: Ending, [program = '', ...args]: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  ending.teardown(() => end(child))
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return
  const exited = once(child, 'exit')
  const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
  child.kill('SIGTERM')
  await exited
  clearTimeout(killer)
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
