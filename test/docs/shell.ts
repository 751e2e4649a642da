import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import type { Test } from 'tap'

interface ShellOptions {
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** What a script has said, and its exit code. */
export interface ShellOutcome {
  readonly code: number | null
  readonly output: string
}

/** Starts a script in a folder as a person at a terminal would; it is killed at the end of the test. */
export function startShell(
  t: Pick<Test, 'teardown'>,
  script: string,
  { folder, env = {}, input = '' }: ShellOptions,
): ChildProcessWithoutNullStreams {
  // A clean environment also keeps tap's loaders out of it.
  const path = `${dirname(process.execPath)}:${process.env.PATH}`
  const child = spawn('/bin/sh', ['-ec', script], { cwd: folder, env: { PATH: path, ...env } })
  const exited = once(child, 'exit')
  // A script that reads nothing may be over before it is written to.
  child.stdin.on('error', () => undefined).end(input)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return child
}

/** Runs a script to its end. */
export async function runShell(
  t: Pick<Test, 'teardown'>,
  script: string,
  options: ShellOptions,
): Promise<ShellOutcome> {
  const child = startShell(t, script, options)
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text))
  }
  const [code] = await once(child, 'close')
  return { code, output: output.join('') }
}
