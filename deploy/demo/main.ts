import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configuration } from './configuration.js'
import { startDoorward } from './doorward.js'
import { guide } from './guide.js'
import { logLine } from './log-line.js'
import { startOrgs } from './orgs.js'
import { choosePorts, DemoError } from './ports.js'
import { tenantsAt } from './tenants.js'
import { startDemoApp } from './upstream.js'

const INTERRUPTED = 'interrupted'

// The handlers stay: npm and tsx pass a Ctrl-C on that the terminal has already sent to everybody.
const interrupted = new Promise<typeof INTERRUPTED>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve(INTERRUPTED))
})

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** Starts everything, shows the way around, and resolves with the exit code when it is over. */
async function runDemo(): Promise<number> {
  const ports = await choosePorts(process.env.DEMO_PORT)
  print('Starting two Okta-like orgs, an app and Doorward.')
  const tenants = tenantsAt(ports.public)
  const [app, orgs] = await Promise.all([startDemoApp(), startOrgs(tenants)])
  const configFile = join(makeDirectory(), 'doorward.yaml')
  writeFileSync(configFile, configuration({ ports, upstream: app.url, orgs, tenants }))
  const doorward = startDoorward(configFile, (line) => print(logLine(line)))

  const startup = await Promise.race([doorward.listening, doorward.ended, interrupted])
  if (startup === undefined) print(guide({ ports, tenants, configFile, processId: doorward.processId }))
  const end = await Promise.race([doorward.ended, interrupted])
  if (end === INTERRUPTED) print('\nStopping.')
  else process.stderr.write(`Doorward has ended by itself (${end}); the demo ends with it.\n`)
  // At once: with the app its endless streams end, which Doorward would wait for.
  await Promise.all([doorward.stop(), app.close(), orgs.acme.stop(), orgs.globex.stop()])
  return end === INTERRUPTED ? 0 : 1
}

// Only for this user, and gone with this process.
function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'doorward-demo-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  return directory
}

try {
  process.exitCode = await runDemo()
} catch (error) {
  if (!(error instanceof DemoError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
