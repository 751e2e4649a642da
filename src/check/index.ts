import type { Config } from '../config/schema.js'
import { TIMEOUTS } from '../oidc/connection.js'
import { checkTenants, type Progress } from './check-tenants.js'
import { progressLine } from './progress-line.js'
import { isFine, type Look, renderReports } from './render-reports.js'

/** How the command was called. */
interface RunOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly look: Look
  /** Called with a line that takes the place of the one before. */
  readonly showProgress: (line: string) => void
  /** Whoever aborts it gets what is known by then. */
  readonly stop: AbortSignal
}

/** What `check` found, ready to be printed. */
export interface CheckResult {
  readonly text: string
  /** Whether all tenants have been asked about, and none has an error. */
  readonly isFine: boolean
}

/** Asks the issuers of all tenants; never rejects. */
export async function checkConfig({ tenants, server }: Config, options: RunOptions): Promise<CheckResult> {
  const { now, look, showProgress, stop } = options
  const onProgress = (progress: Progress) => showProgress(progressLine(progress))
  const { path_prefix: pathPrefix } = server
  const reports = await checkTenants(tenants, { pathPrefix, now, timeouts: TIMEOUTS, onProgress, stop })
  return { text: renderReports(reports, look), isFine: reports.every(isFine) }
}
