import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Where the figures of this checkout are. */
export const FOLDER = new URL('../../.bench/', import.meta.url)

/** Those of the last whole run, and those of the last that was less. */
export const [RESULTS, PARTIAL] = ['results.json', 'partial.json']

/** Writes figures into a file of `.bench`, with the time, and resolves its path. */
export const writeJson = (name: string, results: object): Promise<string> =>
  writeText(name, `${JSON.stringify({ at: new Date().toISOString(), ...results }, null, 2)}\n`)

/** Writes a file of `.bench` and resolves its path. */
export async function writeText(name: string, text: string): Promise<string> {
  const file = fileURLToPath(new URL(name, FOLDER))
  await mkdir(FOLDER, { recursive: true })
  await writeFile(file, text)
  return file
}
