import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../fixtures/find-program.js'
import type { Ending } from '../ending.js'

/** Where Debian's packages put the modules. */
const MODULES = '/usr/lib/apache2/modules'

/** Whether both are installed. */
export const hasOpenidc = (): boolean =>
  findProgram('apache2') !== undefined && existsSync(`${MODULES}/mod_auth_openidc.so`)

const LOADED = {
  mpm_event: 'mpm_event',
  authn_core: 'authn_core',
  authz_core: 'authz_core',
  authz_user: 'authz_user',
  auth_openidc: 'auth_openidc',
  headers: 'headers',
  proxy: 'proxy',
  proxy_http: 'proxy_http',
}

/**
 * The command for an Apache of one event-driven process with these directives, in a folder that goes with the bench.
 * Its threads are as many as the load has connections at the most: one that is kept alive and busy holds one. (prefork
 * is no faster here, and when it ends it signals its whole process group, which is the bench.)
 */
export async function apacheCommand(ending: Ending, program: string, directives: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'doorward-bench-apache-'))
  ending.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'apache.conf')
  const modules = Object.entries(LOADED).map(
    ([name, on]) => `LoadModule ${name}_module ${MODULES}/mod_${on}.so`,
  )
  // Root has to say as whom the threads run; anybody else cannot choose.
  const user = process.getuid?.() === 0 ? 'User nobody\nGroup nogroup' : ''
  await writeFile(
    file,
    `ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex default:${folder}
ErrorLog ${folder}/error.log
LogLevel crit
${modules.join('\n')}
${user}
StartServers 1
ServerLimit 1
ThreadLimit 320
ThreadsPerChild 320
MaxRequestWorkers 320
MaxConnectionsPerChild 0
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
${directives}
`,
  )
  return [program, '-f', file, '-DFOREGROUND']
}
