import type { Progress } from './check-tenants.js'
import { isFailing } from './render-reports.js'

/** One line that says how far a check has come, and for whom it waits. */
export function progressLine({ reports, waiting }: Progress): string {
  const done = reports.filter(({ findings }) => findings !== undefined).length
  const failing = reports.filter(isFailing).length
  const parts = [
    `${done} of ${reports.length} asked`,
    ...(failing === 0 ? [] : [`${failing} with errors`]),
    ...(waiting.length === 0 ? [] : [`waiting for ${waiting.join(', ')}`]),
  ]
  return parts.join('; ')
}
