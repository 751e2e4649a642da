import type { Test } from 'tap'
import { runShell } from './shell.js'

/** Asks what a command line of curl would ask, with the words that a shell makes of it in a folder. */
export async function askAsCurl(
  t: Pick<Test, 'teardown'>,
  command: string,
  folder: string,
): Promise<Response> {
  const { output } = await runShell(t, `curl() { printf '%s\\n' "$@"; }; ${command}`, { folder })
  const words = output.trimEnd().split('\n')
  const after = (flag: string) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined)
  const [name, value] = after('--header')?.split(': ') ?? []
  const headers = name === undefined || value === undefined ? {} : { [name]: value }
  return fetch(words.at(-1) ?? '', { method: after('--request') ?? 'GET', headers })
}
