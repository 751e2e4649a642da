import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Audit } from '../audit.js'
import { ConfigError, UnsettledError } from '../config/config-error.js'
import type { ConfigSource } from '../config/config-source.js'
import type { Config } from '../config/schema.js'
import { type ConfigChange, describeChange, listed } from './describe-change.js'
import { restartOptions } from './restart-options.js'

/** How it stands with the configuration of a process; times are milliseconds since the epoch. */
export interface ReloadStatus {
  /** 1 is that of the start; one more with every change that counts. */
  readonly generation: number
  /** Since when this generation counts. */
  readonly taken_at: number
  /** When the files were read last because something had changed, or somebody asked. */
  readonly attempted_at: number
  /** How many problems kept the files of the last attempt from counting; 0 where what is served is what they say. */
  readonly problems: number
}

/** Follows the files of a configuration, when it is told to look. */
export interface Reloader {
  /**
   * Reads the files and has what has changed count, or keeps the configuration as it is, whole, and logs all problems.
   * `at once`: whatever is being written. Looks that are asked for meanwhile are one. Never rejects.
   */
  reload(reason: string, patience?: 'at once' | 'patient'): Promise<void>
  status(): ReloadStatus
}

/** Hears how it stands, for figures. */
export interface ReloadReporter {
  /** Said as often as it is found to be so: the files of the last attempt count. */
  loaded(configuration: { readonly generation: number; readonly tenants: number; readonly at: number }): void
  /** They do not. */
  refused(): void
  forgetTenants(ids: readonly string[]): Promise<void>
}

interface ReloaderOptions {
  readonly source: ConfigSource
  /** Has a configuration count; resolves when it does. */
  apply(config: Config): Promise<void>
  readonly audit: Audit
  readonly log: Logger
  readonly now: () => number
  readonly report: ReloadReporter
}

/** Milliseconds between looks at a file that is being written, and the looks until it is taken as it is. */
const PAUSE = 200
const MOST_LOOKS = 10

interface Wish {
  readonly reason: string
  readonly patience: 'at once' | 'patient'
}

/** Builds the reloader of a source whose configuration counts already. */
export function createReloader({ source, apply, audit, log, now, report }: ReloaderOptions): Reloader {
  const started = source.config
  let counting = source.config
  let status: ReloadStatus = { generation: 1, taken_at: now(), attempted_at: now(), problems: 0 }
  let told: readonly string[] = []
  let waiting = ''
  let wish: Wish | undefined
  let underWay: Promise<void> | undefined
  tellLoaded()

  function tellLoaded(): void {
    const { generation, taken_at: at } = status
    report.loaded({ generation, tenants: counting.tenants.length, at })
  }

  async function read({ patience }: Wish): Promise<Config> {
    for (
      let looks = 1;
      patience === 'patient' && looks < MOST_LOOKS && wish?.patience !== 'at once';
      looks += 1
    ) {
      try {
        return await source.read({ isPatient: true })
      } catch (error) {
        if (!(error instanceof UnsettledError)) throw error
        await wait(PAUSE, undefined, { ref: false })
      }
    }
    return source.read({ isPatient: false })
  }

  async function attempt(current: Wish): Promise<void> {
    try {
      const config = await read(current)
      const change = config === counting ? undefined : describeChange(counting, config)
      await apply(config)
      counting = config
      accept(current, change)
      await report.forgetTenants(change?.removed ?? [])
    } catch (error) {
      refuse(current, problemsOf(error))
    }
  }

  function accept({ reason, patience }: Wish, change: ConfigChange | undefined): void {
    const isRepaired = status.problems > 0
    if (change === undefined && !isRepaired && patience === 'patient') return
    told = []
    const attempted_at = now()
    if (change === undefined) {
      status = { ...status, attempted_at, problems: 0 }
      tellLoaded()
      log.info({ reason, generation: status.generation }, 'the configuration has not changed')
      return
    }
    const generation = status.generation + 1
    status = { generation, taken_at: attempted_at, attempted_at, problems: 0 }
    tellLoaded()
    audit('config.reloaded', {
      reason,
      generation,
      tenants: counting.tenants.length,
      added: listed(change.added),
      changed: listed(change.changed),
      removed: listed(change.removed),
    })
    const options = restartOptions(started, counting)
    if (options.length > 0 && options.join() !== waiting) {
      log.warn({ options }, 'these options are as before until the next start')
    }
    waiting = options.join()
  }

  function refuse({ reason, patience }: Wish, problems: readonly string[]): void {
    const isKnown = problems.length === told.length && problems.every((one, index) => one === told[index])
    if (isKnown && patience === 'patient') return
    told = problems
    status = { ...status, attempted_at: now(), problems: problems.length }
    report.refused()
    audit('config.reload_failed', { reason, generation: status.generation, problems })
  }

  async function run(): Promise<void> {
    while (wish !== undefined) {
      const current = wish
      wish = undefined
      await attempt(current)
    }
    underWay = undefined
  }

  return {
    reload(reason, patience = 'patient') {
      if (wish?.patience !== 'at once') wish = { reason, patience }
      underWay ??= run()
      return underWay
    },
    status: () => status,
  }
}

// What nobody foresaw may quote the files.
function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems
  return [`the files cannot be read (${error instanceof Error ? error.name : typeof error})`]
}
