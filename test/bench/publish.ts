import { readFile, writeFile } from 'node:fs/promises'
import type { Machine } from './machine.js'
import type { Options } from './options.js'
import { drawConcurrency, type Point } from './plot/draw-concurrency.js'
import { formatRows, type Row } from './row.js'
import { say } from './say.js'
import { FOLDER, RESULTS } from './write-results.js'

/** What the last whole run has written. */
interface Results {
  readonly at: string
  readonly machine: Machine
  /** The load generator. */
  readonly load: string
  readonly options: Options
  readonly failures: readonly string[]
  readonly rows: readonly Row[]
  readonly details: { readonly concurrency: { readonly points: readonly Point[] } }
}

const README = new URL('../../README.md', import.meta.url)
const DRAWING = new URL('concurrency.svg', import.meta.url)
const PLOT =
  '![Requests per second and p99 latency against the number of connections](test/bench/concurrency.svg)'
const FIGURES = /(<!-- figures -->\n)[\s\S]*?(<!-- \/figures -->)/

/** Puts the figures of the last whole run between their marks in the README, and its plot beside the bench. */
export async function publish(): Promise<void> {
  const results = JSON.parse(await readFile(new URL(RESULTS, FOLDER), 'utf8')) as Results
  if (results.failures.length > 0) throw new Error(`the last run has failed: ${results.failures.join('; ')}`)
  const readme = await readFile(README, 'utf8')
  if (!FIGURES.test(readme)) throw new Error('README.md has no place for figures')
  const text = [describe(results), formatRows(results.rows), PLOT].join('\n\n')
  await writeFile(
    README,
    readme.replace(FIGURES, (_all, begin: string, end: string) => `${begin}${text}\n${end}`),
  )
  await writeFile(DRAWING, drawConcurrency(results.details.concurrency.points))
  say(`Put the figures of ${results.at} into README.md and concurrency.svg`)
}

function describe({ at, machine, load, options }: Results): string {
  const { rounds, seconds, connections } = options
  return `${at.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}; medians of ${rounds} rounds of ${seconds} s in one run, ${load} with ${connections} connections:`
}
