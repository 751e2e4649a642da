import { findProgram } from '../../fixtures/find-program.js'
import type { Ending } from '../ending.js'
import { startProgram } from '../start-program.js'

/** A Redis that keeps nothing on disk. Resolves its URL; `undefined` without redis-server. */
export async function startRedis(ending: Ending, port: number): Promise<string | undefined> {
  const program = findProgram('redis-server')
  if (program === undefined) return undefined
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no' }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  await startProgram(ending, [program, ...args], port)
  return `redis://127.0.0.1:${port}`
}
