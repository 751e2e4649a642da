import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Where the figures of this checkout are. */
export const RESULTS = new URL('../../.bench/', import.meta.url)

/** Writes figures into a file of `.bench`, with the time, and resolves its path. */
export const writeJson = (name: string, results: object): Promise<string> =>
  writeText(name, `${JSON.stringify({ at: new Date().toISOString(), ...results }, null, 2)}\n`)

/** Writes a file of `.bench` and resolves its path. */
export async function writeText(name: string, text: string): Promise<string> {
  const file = fileURLToPath(new URL(name, RESULTS))
  await mkdir(RESULTS, { recursive: true })
  await writeFile(file, text)
  return file
}
