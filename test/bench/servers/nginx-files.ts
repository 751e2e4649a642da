import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ending } from '../ending.js'

/** Kept-alive connections: never closed for their number of requests, so that nobody pays for reconnecting. */
const ENDLESS = 1_000_000_000

/**
 * The command for an nginx of a single process with this `http` block, in a folder that goes with the bench.
 * One process without a master is what one worker does, and leaves no orphan behind whatever happens.
 */
export async function nginxCommand(ending: Ending, program: string, http: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'doorward-bench-nginx-'))
  ending.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  await writeFile(
    file,
    `daemon off;
master_process off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests ${ENDLESS};
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ${http}
}
`,
  )
  return [program, '-p', folder, '-e', 'stderr', '-c', file]
}
