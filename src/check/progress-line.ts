import type { Progress } from './check-tenants.js'

/** One line that says how far a check has come, and for whom it waits. */
export function progressLine({ tenants, asked, failing, waiting }: Progress): string {
  const parts = [
    `${asked} of ${tenants} asked`,
    ...(failing === 0 ? [] : [`${failing} with errors`]),
    ...(waiting.length === 0 ? [] : [`waiting for ${waiting.join(', ')}`]),
  ]
  return parts.join('; ')
}
