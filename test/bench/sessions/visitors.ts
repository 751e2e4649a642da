import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ending } from '../ending.js'
import type { Visitor } from './population.js'

/** Visitors who take turns: fewer than the default cache holds, and the first second meets all of them. */
const VISITORS = 2000

/** So many of the visitors, spread over all of them. */
export function chooseVisitors(visitors: readonly Visitor[]): readonly Visitor[] {
  const every = Math.ceil(visitors.length / VISITORS)
  return visitors.filter((_, index) => index % every === 0)
}

/**
 * Writes who takes turns at a Doorward: a host and a cookie a line. One visitor would not do: those who ask for one
 * session at one moment share the answer of the store.
 */
export async function writeCookies(
  ending: Ending,
  visitors: readonly Visitor[],
  url: string,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'doorward-bench-cookies-'))
  ending.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'cookies.txt')
  const { port } = new URL(url)
  const lines = visitors.map(({ tenant, cookie }) => `${tenant}.localhost:${port} doorward=${cookie}\n`)
  await writeFile(file, lines.join(''))
  return file
}
