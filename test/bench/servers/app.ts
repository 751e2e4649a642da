import { fileURLToPath } from 'node:url'
import type { Ending } from '../ending.js'
import { startProgram } from '../start-program.js'

const PROGRAM = fileURLToPath(import.meta.resolve('./app-program.ts'))

/** An app with long bodies and WebSockets, behind every server. Resolves its URL. */
export async function startApp(ending: Ending, port: number): Promise<string> {
  await startProgram(ending, [process.execPath, '--import', 'tsx', PROGRAM, String(port)], port)
  return `http://127.0.0.1:${port}`
}
