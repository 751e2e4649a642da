#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { jsonSchema } from './config/describe.js'
import { ConfigError, loadConfig } from './config/load.js'
import type { Config } from './config/schema.js'
import { createLogger } from './ops/logging.js'
import { renderRegistration, unknownTenant } from './registration.js'
import type { RunningServer } from './server.js'
import { readVersion } from './version.js'

const USAGE = `Usage: doorward <command>

  serve --config FILE             runs the proxy (also without a command)
  check --config FILE             says what is wrong with the configuration, then asks every issuer
  check --config FILE --offline   asks nobody
  urls TENANT --config FILE       prints the URLs to paste into the provider's form
  schema                          prints the JSON Schema of the configuration, for editors
  keygen                          prints a new session key
  --version, --help

DOORWARD_CONFIG names the configuration as well.
Exit codes: 0 fine, 1 failed at run time, 2 the configuration or the command is wrong.
`

const FAILED = 1
const MISUSED = 2

interface Arguments {
  readonly command: string
  readonly tenant: string | undefined
  readonly config: string | undefined
  readonly offline: boolean
}

function readArguments(argv: string[]): Arguments {
  const { values, positionals } = parse(argv)
  const [command = 'serve', ...operands] = positionals
  const [tenant, surplus] = command === 'urls' ? operands : [undefined, ...operands]
  if (surplus !== undefined) throw new UsageError(`unexpected argument "${surplus}"`)
  const flag = values.help ? 'help' : values.version ? 'version' : undefined
  return {
    command: flag ?? command,
    tenant,
    config: values.config ?? process.env.DOORWARD_CONFIG,
    offline: values.offline,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        offline: { type: 'boolean', default: false },
        version: { type: 'boolean', short: 'v', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

class UsageError extends Error {}

function readConfig(file: string | undefined): Config {
  if (file === undefined) throw new UsageError('name the configuration: --config FILE, or DOORWARD_CONFIG')
  return loadConfig(file, process.env)
}

const COMMANDS: { readonly [name: string]: (args: Arguments) => void | Promise<void> } = {
  serve: ({ config }) => serve(readConfig(config)),
  check: ({ config, offline }) => check(readConfig(config), offline),
  urls: ({ config, tenant }) => print(urls(readConfig(config), tenant)),
  schema: () => print(JSON.stringify(jsonSchema(), null, 2)),
  keygen: () => print(randomBytes(32).toString('base64')),
  version: () => print(readVersion()),
  help: () => print(USAGE.trimEnd()),
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

async function check(config: Config, offline: boolean): Promise<void> {
  if (offline) {
    const { tenants } = config
    print(`The configuration is fine: ${tenants.length} ${tenants.length === 1 ? 'tenant' : 'tenants'}.`)
    return
  }
  // https://no-color.org
  const isColored = process.stdout.isTTY === true && !process.env.NO_COLOR
  // What few commands need is loaded here and below, so that the others answer at once.
  const { checkConfig } = await import('./check/index.js')
  const { text, isFine } = await checkConfig(config, { now: Date.now, isColored })
  print(text)
  if (!isFine) process.exitCode = FAILED
}

function urls(config: Config, id: string | undefined): string {
  if (id === undefined) throw new UsageError('name the tenant: doorward urls TENANT --config FILE')
  const tenant = config.tenants.find((candidate) => candidate.id === id)
  if (tenant === undefined) throw new UsageError(unknownTenant(id, config))
  return renderRegistration(tenant, config.server.path_prefix)
}

async function serve(config: Config): Promise<void> {
  const log = createLogger()
  // A signal that comes while the server starts must not be lost.
  let running: RunningServer | undefined
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    // The second signal is for whoever does not want to wait.
    if (stopping) process.exit(FAILED)
    stopping = true
    log.info({ signal }, 'stopping')
    if (running === undefined) process.exit(0)
    running.stop().then(
      () => process.exit(0),
      () => process.exit(FAILED),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  const { startServer } = await import('./server.js')
  running = await startServer(config, { log, now: Date.now })
}

try {
  const args = readArguments(process.argv.slice(2))
  const command = Object.hasOwn(COMMANDS, args.command) ? COMMANDS[args.command] : undefined
  if (command === undefined) throw new UsageError(`there is no command "${args.command}"`)
  await command(args)
} catch (error) {
  process.exitCode = explain(error)
}

function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.problems.join('\n')}\n`)
    return MISUSED
  }
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`doorward: ${message}\n`)
  const isUsage = error instanceof UsageError
  if (isUsage) process.stderr.write(`\n${USAGE}`)
  return isUsage ? MISUSED : FAILED
}
