import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Machine } from './machine.js'
import type { Round } from './measure.js'
import type { Options } from './options.js'
import type { Summary } from './summary.js'

interface Results {
  readonly machine: Machine
  readonly missing: readonly string[]
  /** The load generator. */
  readonly load: string
  readonly options: Options
  readonly summaries: readonly Summary[]
  readonly rounds: readonly Round[]
}

const FOLDER = new URL('../../.bench/', import.meta.url)

/** Writes `.bench/results.json` and resolves its path. */
export const writeResults = (results: Results): Promise<string> => writeJson('results.json', results)

/** Writes a file of `.bench` and resolves its path. */
export async function writeJson(name: string, results: object): Promise<string> {
  const file = fileURLToPath(new URL(name, FOLDER))
  await mkdir(FOLDER, { recursive: true })
  await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), ...results }, null, 2)}\n`)
  return file
}
