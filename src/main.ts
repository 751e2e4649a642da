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
import type { Seams } from './services.js'
import { hasColors, statusLine, widthOf, withoutControls } from './terminal.js'
import { readVersion } from './version.js'
import { isWorker, leavePrimary, serveAsWorker } from './workers/serve-as-worker.js'
import { WorkerFailure } from './workers/worker-failure.js'

const FAILED = 1
const MISUSED = 2
/** 128 and the number of SIGINT, as of a program that it has ended. */
const INTERRUPTED = 130
/** Milliseconds beyond its time that a worker is given to end. */
const GRACE = 5_000

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
  let running: Running | undefined
  // One that comes while the files are read must not end the process, as SIGHUP does by default, nor be lost.
  let isAsked = false
  process.on('SIGHUP', () => {
    // The primary tells the workers.
    if (isWorker()) return
    if (running === undefined) isAsked = true
    else running.reload('SIGHUP')
  })
  const source = readConfig(named)
  const log = createLogger(await readableLog())
  const seams = { log, now: Date.now }
  // The log is written when the process ends, whatever it goes to.
  const exit = (code: number) => log.flush(() => process.exit(code))
  // A signal that comes while the server starts must not be lost.
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    // A terminal signals the workers as well; they go by what the primary says.
    if (isWorker()) return
    // The second signal is for whoever does not want to wait.
    if (stopping) {
      running?.kill?.()
      process.exit(FAILED)
    }
    stopping = true
    log.info({ signal }, 'stopping')
    if (running === undefined) return exit(0)
    running.stop().then(
      () => exit(0),
      () => exit(FAILED),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  if (isWorker()) {
    await serveAsWorker(async (gather) => {
      const { openServer } = await import('./server.js')
      return openServer(source, seams, gather)
    })
    exit(0)
  } else {
    running = await start(source, seams)
    if (isAsked) running.reload('SIGHUP')
  }
}

interface Running {
  reload(reason: string): unknown
  stop(): Promise<void>
  /** Has what it has started end with this process. */
  kill?(): void
}

async function start(source: ConfigSource, seams: Seams): Promise<Running> {
  const { server, tenants } = source.config
  if (server.workers === 1) return (await import('./server.js')).startServer(source, seams)
  const { startWorkers } = await import('./workers/start-workers.js')
  return startWorkers({
    count: server.workers,
    log: seams.log,
    facts: { tenants: tenants.length },
    drainDelay: server.shutdown.drain_delay,
    patience: server.shutdown.timeout + GRACE,
  })
}

// Whoever read has gone, as `head` does and as a terminal may: there is nobody left to tell.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)

try {
  const args = readArguments(process.argv.slice(2))
  await RUN[args.command](args)
} catch (error) {
  process.exitCode = explain(error)
  leavePrimary()
}

function explain(error: unknown): number {
  // It has told by itself.
  if (error instanceof WorkerFailure && error.exitCode !== undefined) return error.exitCode
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
