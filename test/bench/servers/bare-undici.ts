import { fileURLToPath } from 'node:url'
import { onServerCore } from '../cores.js'
import type { Ending } from '../ending.js'
import { startProgram } from '../start-program.js'
import { type PlainProxyOptions, type Server, UNREAD_COOKIE } from './server.js'

export const BARE_UNDICI = 'bare undici'

const PROGRAM = fileURLToPath(import.meta.resolve('./bare-undici-program.ts'))

/** The least a proxy in Node can do: what Doorward could reach at best. */
export async function startBareUndici(
  ending: Ending,
  { upstream, port }: PlainProxyOptions,
): Promise<Server> {
  const command = [process.execPath, '--import', 'tsx', PROGRAM, upstream, String(port)]
  const pid = await startProgram(ending, onServerCore(command), port)
  return { name: BARE_UNDICI, pid, url: `http://127.0.0.1:${port}/`, headers: { Cookie: UNREAD_COOKIE } }
}
