import { copyFile, readFile, writeFile } from 'node:fs/promises'
import type { Machine } from './machine.js'
import type { Options } from './options.js'
import { formatRows, type Row } from './row.js'
import { say } from './say.js'
import { RESULTS } from './write-results.js'

/** What the last run has written. */
interface Results {
  readonly at: string
  readonly machine: Machine
  /** The load generator. */
  readonly load: string
  readonly options: Options
  readonly failures: readonly string[]
  readonly rows: readonly Row[]
}

const README = new URL('../../README.md', import.meta.url)
const PLOT =
  '![Requests per second and p99 latency against the number of connections](test/bench/concurrency.svg)'
const FIGURES = /(<!-- figures -->\n)[\s\S]*?(<!-- \/figures -->)/

/** Puts the figures of the last run between their marks in the README, and its plot beside the bench. */
export async function publish(): Promise<void> {
  const results = JSON.parse(await readFile(new URL('results.json', RESULTS), 'utf8')) as Results
  if (results.options.rounds === 1) throw new Error('the figures of a single round are none to show anybody')
  if (results.failures.length > 0) throw new Error(`the last run has failed: ${results.failures.join('; ')}`)
  const readme = await readFile(README, 'utf8')
  if (!FIGURES.test(readme)) throw new Error('README.md has no place for figures')
  const text = [describe(results), formatRows(results.rows), PLOT].join('\n\n')
  await writeFile(
    README,
    readme.replace(FIGURES, (_all, begin: string, end: string) => `${begin}${text}\n${end}`),
  )
  const plot = new URL('concurrency.svg', import.meta.url)
  await copyFile(new URL('concurrency.svg', RESULTS), plot)
  say(`Put the figures of ${results.at} into README.md and concurrency.svg`)
}

function describe({ at, machine, load, options }: Results): string {
  const { rounds, seconds, connections } = options
  return `${at.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}; medians of ${rounds} rounds of ${seconds} s in one run, ${load} with ${connections} connections:`
}
