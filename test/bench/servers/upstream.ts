import { fileURLToPath } from 'node:url'
import { findProgram } from '../../fixtures/find-program.js'
import type { Ending } from '../ending.js'
import { startProgram } from '../start-program.js'
import { nginxCommand } from './nginx-files.js'

/** What the upstream answers to everything. */
export const UPSTREAM_BODY = 'Doorward bench: a small body, much like the answer of an API. '.repeat(2)

const PROGRAM = fileURLToPath(import.meta.resolve('./upstream-program.ts'))

/** The app behind every server: nginx, or `node:http` where nginx is missing. Resolves its URL. */
export async function startUpstream(ending: Ending, port: number): Promise<string> {
  const program = findProgram('nginx')
  const command =
    program === undefined
      ? [process.execPath, '--import', 'tsx', PROGRAM, String(port), UPSTREAM_BODY]
      : await nginxCommand(ending, program, nginxServer(port))
  await startProgram(ending, command, port)
  return `http://127.0.0.1:${port}`
}

const nginxServer = (port: number): string => `
  default_type text/plain;
  server {
    listen 127.0.0.1:${port};
    location / { return 200 "${UPSTREAM_BODY}"; }
  }`
