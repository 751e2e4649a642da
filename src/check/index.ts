import type { Config } from '../config/schema.js'
import { TIMEOUTS } from '../oidc/connection.js'
import { checkTenants } from './check-tenants.js'
import { isFine, renderReports } from './render-reports.js'

/** How the command was called. */
interface RunOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Whether the text is for a terminal. */
  readonly isColored: boolean
}

/** What `check` found, ready to be printed. */
export interface CheckResult {
  readonly text: string
  /** Whether no tenant has an error. */
  readonly isFine: boolean
}

/** Asks the issuers of all tenants; never rejects. */
export async function checkConfig({ tenants, server }: Config, options: RunOptions): Promise<CheckResult> {
  const { now, isColored } = options
  const reports = await checkTenants(tenants, { pathPrefix: server.path_prefix, now, timeouts: TIMEOUTS })
  return { text: renderReports(reports, isColored), isFine: reports.every(isFine) }
}
