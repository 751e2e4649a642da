#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { type Arguments, readArguments, USAGE, UsageError } from './arguments.js'
import { type ConfigSource, openConfig } from './config/config-source.js'
import { jsonSchema } from './config/describe.js'
import { ConfigError } from './config/load.js'
import type { Config } from './config/schema.js'
import { createLogger } from './ops/logging.js'
import { openReadableLog } from './ops/readable-log.js'
import { renderRegistration, unknownTenant } from './registration.js'
import type { RunningServer } from './server.js'
import { hasColors, statusLine, widthOf, withoutControls } from './terminal.js'
import { readVersion } from './version.js'

const FAILED = 1
const MISUSED = 2
/** 128 and the number of SIGINT, as of a program that it has ended. */
const INTERRUPTED = 130

function readConfig(named: string | undefined): ConfigSource {
  const file = named ?? (process.env.DOORWARD_CONFIG || undefined)
  if (file === undefined) throw new UsageError('name the configuration: --config FILE, or DOORWARD_CONFIG')
  return openConfig(file, process.env)
}

const RUN: { readonly [command in Arguments['command']]: (args: Arguments) => void | Promise<void> } = {
  serve: ({ config }) => serve(config),
  check: ({ config, offline }) => check(readConfig(config).config, offline),
  urls: ({ config, tenant }) => print(urls(readConfig(config).config, tenant)),
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
  const { stdout, stderr, env } = process
  const showProgress = statusLine(stderr, env)
  const interruption = new AbortController()
  // The second one ends the process at once.
  process.once('SIGINT', () => interruption.abort())
  // What few commands need is loaded here and below, so that the others answer at once.
  const { checkConfig } = await import('./check/index.js')
  const { text, isFine } = await checkConfig(config, {
    now: Date.now,
    look: { isColored: hasColors(stdout, env), width: widthOf(stdout) },
    showProgress,
    stop: interruption.signal,
  })
  showProgress('')
  print(text)
  // Requests that nobody waits for any more would keep the process.
  if (interruption.signal.aborted) process.exit(INTERRUPTED)
  if (!isFine) process.exitCode = FAILED
}

function urls(config: Config, id: string | undefined): string {
  const tenant = config.tenants.find((candidate) => candidate.id === id)
  if (tenant === undefined) throw new UsageError(unknownTenant(id, config))
  return renderRegistration(tenant, config.server.path_prefix)
}

// For people; whatever else reads the log wants JSON.
async function readableLog() {
  const { stdout, env } = process
  if (stdout.isTTY !== true) return undefined
  return openReadableLog({ isColored: hasColors(stdout, env), write: (line) => stdout.write(line) })
}

async function serve(named: string | undefined): Promise<void> {
  let running: RunningServer | undefined
  // One that comes while the files are read must not end the process, as SIGHUP does by default, nor be lost.
  let isAsked = false
  process.on('SIGHUP', () => {
    if (running === undefined) isAsked = true
    else running.reload('SIGHUP')
  })
  const source = readConfig(named)
  const log = createLogger(await readableLog())
  // A signal that comes while the server starts must not be lost.
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
  running = await startServer(source, { log, now: Date.now })
  if (isAsked) running.reload('SIGHUP')
}

// Whoever read has gone, as `head` does and as a terminal may: there is nobody left to tell.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)

try {
  const args = readArguments(process.argv.slice(2))
  await RUN[args.command](args)
} catch (error) {
  process.exitCode = explain(error)
}

function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.problems.map(withoutControls).join('\n')}\n`)
    return MISUSED
  }
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`doorward: ${message}\n`)
  const isUsage = error instanceof UsageError
  if (isUsage) process.stderr.write(`\n${USAGE}`)
  return isUsage ? MISUSED : FAILED
}
